"""Compares training in Meed with Stable-Baselines3, and particles in Meed with mpe2: `cargo xtask bench train` runs this.

Each training is a process of its own, on one thread, and the two take turns. What counts is the processor time of the training,
without start-up and evaluation: on a busy machine it is what an idle one would have taken. Hyper-parameters are read from what
Meed says of its run, so that they are the same. How long it takes to a score is told by steps: the first at which the mean return
of the last hundred episodes, while exploring, is there, over the steps per second.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

# Environment, algorithm, steps, the score that counts as learnt, and the plugin that is its reward where there is one.
CASES = [
    ("CartPole-v1", "ppo", 100_000, 475.0, "cartpole"),
    ("Pendulum-v1", "ppo", 50_000, -300.0, "pendulum"),
    ("Pendulum-v1", "sac", 6_000, -300.0, "pendulum"),
    ("Pendulum-v1", "td3", 6_000, -300.0, "pendulum"),
    ("HalfCheetah-v5", "ppo", 20_480, None, "latent/half-cheetah"),
    ("HalfCheetah-v5", "sac", 6_000, None, "latent/half-cheetah"),
]
PARTICLES = ("mpe2/simple_spread-30", 30)


def baseline(config):
    """Trains with Stable-Baselines3 by Meed's configuration and prints what it cost."""
    import gymnasium
    import numpy
    import stable_baselines3
    import torch
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.noise import NormalActionNoise
    from stable_baselines3.common.vec_env import VecNormalize

    torch.set_num_threads(1)
    algorithm, seed = config["algorithm"], config["seed"]
    own = config[algorithm]
    env = make_vec_env(config["env"], n_envs=own["num_envs"], seed=seed)
    network = {"net_arch": [own["hidden"], own["hidden"]]}
    if algorithm == "ppo":
        if own["normalize_observation"] or own["normalize_reward"]:
            env = VecNormalize(env, own["normalize_observation"], own["normalize_reward"], gamma=own["gamma"])
        falling = (lambda value: lambda left: value * left) if own["decay"] else (lambda value: value)
        model = stable_baselines3.PPO(
            "MlpPolicy", env, learning_rate=falling(own["learning_rate"]), n_steps=own["rollout_steps"], batch_size=own["minibatch"],
            n_epochs=own["epochs"], gamma=own["gamma"], gae_lambda=own["lambda"], clip_range=falling(own["clip"]),
            ent_coef=own["entropy_coefficient"], vf_coef=own["value_coefficient"], max_grad_norm=own["max_gradient_norm"],
            policy_kwargs=network | {"log_std_init": own["initial_log_std"]}, seed=seed, device="cpu",
        )  # fmt: skip
    else:
        shared = dict(
            buffer_size=own["buffer"], learning_starts=own["learning_starts"], batch_size=own["batch"], tau=own["tau"], gamma=own["gamma"],
            policy_kwargs=network, seed=seed, device="cpu",
        )  # fmt: skip
        if algorithm == "sac":
            # One step size serves actor and critics there, and the actor learns as often: as many updates in all.
            model = stable_baselines3.SAC("MlpPolicy", env, learning_rate=own["critic_learning_rate"], **shared)
        else:
            actions = env.action_space.shape[0]
            half = float((env.action_space.high - env.action_space.low).max()) / 2
            noise = NormalActionNoise(numpy.zeros(actions), numpy.full(actions, own["exploration_noise"] * half))
            model = stable_baselines3.TD3(
                "MlpPolicy", env, learning_rate=own["learning_rate"], action_noise=noise, policy_delay=own["policy_frequency"],
                target_policy_noise=own["policy_noise"], target_noise_clip=own["noise_clip"], **shared,
            )  # fmt: skip

    class Curve(BaseCallback):
        def _on_step(self):
            if self.n_calls % 100 == 0 and self.model.ep_info_buffer:
                mean = statistics.fmean(info["r"] for info in self.model.ep_info_buffer)
                curve.append((self.num_timesteps, time.process_time() - begun, mean))
            return True

    curve, begun = [], time.process_time()
    model.learn(config["steps"], callback=Curve())
    print(json.dumps({"steps": model.num_timesteps, "seconds": time.process_time() - begun, "curve": curve}))


def particles(agents, steps):
    """Steps mpe2's spread with choices that look random and prints what it cost."""
    from mpe2 import simple_spread_v3

    env = simple_spread_v3.parallel_env(N=agents, max_cycles=25)
    env.reset(seed=1)
    begun = time.process_time()
    for step in range(steps):
        env.step({agent: (step * 31 + row * 17) % 5 for row, agent in enumerate(env.agents)})
        if not env.agents:
            env.reset()
    print(json.dumps({"steps": steps, "seconds": time.process_time() - begun}))


def run(*command):
    one_thread = {name: "1" for name in ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"]}
    done = subprocess.run(command, env=os.environ | one_thread, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)[:200]} ended with {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])


def rate(result):
    return result["steps"] / result["seconds"]


def steps_to(score, result):
    return next((step for step, _, mean in result["curve"] if mean is not None and score is not None and mean >= score), None)


def compare(clock, case, turns, plugins):
    env, algorithm, steps, score, plugin = case
    ours, theirs = [], []
    for turn in range(1, turns + 1):
        ours.append(run(clock, "train", env, algorithm, str(steps), str(turn)))
        theirs.append(run(sys.executable, __file__, "--baseline", json.dumps(ours[-1]["config"])))
    reference = statistics.median(map(rate, theirs))
    rows = []
    for candidate, results in [("meed", ours), ("stable-baselines3", theirs)]:
        speed = statistics.median(map(rate, results))
        reached = [steps_to(score, result) for result in results]
        learnt = statistics.median(reached) / speed if score is not None and None not in reached else None
        rows.append({
            "env": env, "algorithm": algorithm, "candidate": candidate, "steps_per_cpu_second": round(speed, 1),
            "ratio_to_sb3": round(speed / reference, 3), "score": score, "cpu_seconds_to_score": learnt and round(learnt, 2),
        })  # fmt: skip
    if rows[0]["cpu_seconds_to_score"] and rows[1]["cpu_seconds_to_score"]:
        rows[0]["time_ratio_to_sb3"] = round(rows[1]["cpu_seconds_to_score"] / rows[0]["cpu_seconds_to_score"], 3)
    component = os.path.join(plugins, plugin, "build", f"{plugin.replace('/', '-')}.wasm")
    if os.path.exists(component):
        result = run(clock, "train", env, algorithm, str(steps), "1", component)
        rows[0]["plugin_share"] = round(result["reward_seconds"] / result["seconds"], 4)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clock", help="the program that trains with Meed")
    parser.add_argument("--plugins", default="plugins", help="where the rewards are, built")
    parser.add_argument("--json", action="store_true", help="print rows of JSON")
    parser.add_argument("--only", default="", help="ENV or ENV/ALGORITHM that the cases begin with")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--no-mujoco", action="store_true")
    parser.add_argument("--baseline", help=argparse.SUPPRESS)
    parser.add_argument("--particles", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.baseline:
        return baseline(json.loads(arguments.baseline))
    if arguments.particles:
        return particles(arguments.particles, 500)

    def tell(row):
        if arguments.json:
            print(json.dumps(row), flush=True)
            return
        more = [f"{row['steps_per_cpu_second']:>12,.0f} steps/s", f"{row['ratio_to_sb3']:>8.2f} x"]
        if row.get("cpu_seconds_to_score"):
            more.append(f"{row['score']:g} after {row['cpu_seconds_to_score']:.1f} s")
        if row.get("time_ratio_to_sb3"):
            more.append(f"{row['time_ratio_to_sb3']:.2f} x as soon")
        if row.get("plugin_share") is not None:
            more.append(f"plugin {row['plugin_share']:.1%}")
        print(f"{row['env']:<24} {row['algorithm']:<6} {row['candidate']:<18}", "  ".join(more), flush=True)

    for case in CASES:
        if f"{case[0]}/{case[1]}".startswith(arguments.only) and not (arguments.no_mujoco and case[0].startswith("HalfCheetah")):
            for row in compare(arguments.clock, case, arguments.turns, arguments.plugins):
                tell(row)
    env, agents = PARTICLES
    if env.startswith(arguments.only):
        pairs = []
        for _ in range(arguments.turns):
            ours = run(arguments.clock, "step", env, "1", "20000")
            pairs.append((rate(ours), rate(run(sys.executable, __file__, "--particles", str(agents)))))
        reference = statistics.median(theirs for _, theirs in pairs)
        for candidate, speeds in zip(["meed", "mpe2"], zip(*pairs)):
            speed = statistics.median(speeds)
            tell({
                "env": env, "algorithm": "step", "candidate": candidate, "steps_per_cpu_second": round(speed, 1),
                "ratio_to_sb3": round(speed / reference, 3),
            })  # fmt: skip


if __name__ == "__main__":
    main()

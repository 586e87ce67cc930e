//! A server that misbehaves in every way that a server can.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use super::*;
use crate::client::{Message, Role};

/// What a server does with one connection, after it has read the request.
enum Act {
    /// Sends these bytes and closes.
    Send(Vec<u8>),
    /// Keeps silent until the client gives up.
    Hang,
    /// Sends these bytes, then keeps silent.
    SendAndHang(Vec<u8>),
}

/// Plays the acts, a connection each, and gives the address and what was requested.
fn serve(acts: Vec<Act>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        // Silent connections stay open until the test has ended.
        let mut silent = Vec::new();
        for act in acts {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = sender.send(request(&stream));
            match act {
                Act::Send(bytes) => drop(stream.write_all(&bytes)),
                Act::Hang => silent.push(stream),
                Act::SendAndHang(bytes) => {
                    let _ = stream.write_all(&bytes);
                    silent.push(stream);
                }
            }
        }
        thread::sleep(Duration::from_secs(10));
    });
    (address, requests)
}

fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let before = head.len();
        reader.read_line(&mut head).unwrap();
        let line = head[before..].trim().to_lowercase();
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

fn http(status: &str, headers: &str, body: &str) -> Act {
    Act::Send(
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
            body.len()
        )
        .into_bytes(),
    )
}

fn good() -> Act {
    let body = r#"{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}"#;
    http("200 OK", "", body)
}

fn quick() -> HttpOptions {
    HttpOptions {
        key: Some(Key::new("sk-secret-1").unwrap()),
        connect: Duration::from_secs(2),
        answer: Duration::from_millis(700),
        attempts: 3,
        wait: Duration::from_millis(5),
        longest_wait: Duration::from_secs(2),
        ..HttpOptions::default()
    }
}

fn ask(address: &str) -> Result<Answer, ModelError> {
    let messages = vec![Message { role: Role::User, content: "is it?".into() }];
    let request = Request { id: "c1-0".into(), messages, max_tokens: 9, temperature: 0.5, seed: 3, schema: None };
    HttpModel::new(address, quick()).unwrap().complete(&request)
}

/// Plays acts to one question and gives the answer and the number of times that it was asked.
fn play(acts: Vec<Act>) -> (Result<Answer, ModelError>, usize) {
    let (address, requests) = serve(acts);
    let answer = ask(&address);
    (answer, requests.try_iter().count())
}

#[test]
fn a_good_server_is_asked_as_it_expects() {
    let (address, requests) = serve(vec![good()]);
    let answer = ask(&address).unwrap();
    assert_eq!(answer, Answer { text: "yes".into(), cut: false, prompt_tokens: Some(7), answer_tokens: Some(2) });
    let request = requests.recv().unwrap();
    assert!(request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains("authorization: bearer sk-secret-1\r\n"), "{request}");
    let body: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["messages"][0], serde_json::json!({"role": "user", "content": "is it?"}));
    assert_eq!((&body["max_tokens"], &body["seed"]), (&9.into(), &3.into()));
}

#[test]
fn a_server_that_recovers_is_asked_until_it_does() {
    let broken = || http("500 Internal Server Error", "", "oops");
    let (answer, asked) = play(vec![broken(), http("429 Too Many Requests", "", ""), good()]);
    assert_eq!((answer.unwrap().text.as_str(), asked), ("yes", 3));
    let (answer, asked) = play(vec![broken(), broken(), broken(), good()]);
    assert_eq!((answer.unwrap_err().code(), asked), ("model-busy", 3));
}

#[test]
fn a_server_that_asks_for_time_gets_it_within_bounds() {
    let limited = |seconds| http("429 Too Many Requests", &format!("retry-after: {seconds}\r\n"), "{}");
    let start = Instant::now();
    let (answer, _) = play(vec![limited("1"), good()]);
    assert!(answer.is_ok() && start.elapsed() >= Duration::from_secs(1));
    let start = Instant::now();
    let (answer, asked) = play(vec![limited("86400"), limited("soon"), good()]);
    assert!(start.elapsed() < Duration::from_secs(8));
    assert_eq!((answer.unwrap().text.as_str(), asked), ("yes", 3));
}

#[test]
fn half_an_answer_is_none_and_is_asked_for_again() {
    let half = || Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 4000\r\n\r\n{\"choices\":[{\"mess".to_vec());
    let (answer, asked) = play(vec![half(), good()]);
    assert_eq!((answer.unwrap().text.as_str(), asked), ("yes", 2));
    let (answer, asked) = play(vec![half(), half(), half()]);
    let error = answer.unwrap_err();
    assert_eq!((error.code(), asked), ("model-broken-off", 3), "{error}");
    let (answer, _) = play(vec![Act::Send(Vec::new()), good()]);
    assert!(answer.is_ok(), "{answer:?}");
}

#[test]
fn a_server_that_hangs_is_given_up() {
    for hang in [|| Act::Hang, || Act::SendAndHang(b"HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n{".to_vec())] {
        let start = Instant::now();
        let (answer, asked) = play(vec![hang(), hang(), hang()]);
        let error = answer.unwrap_err();
        assert_eq!((error.code(), asked), ("model-timed-out", 3), "{error}");
        assert!(start.elapsed() < Duration::from_secs(8));
    }
}

#[test]
fn what_cannot_be_meant_is_told_apart() {
    let ok = |body: &str| http("200 OK", "", body);
    let megabyte = format!(r#"{{"choices":[{{"message":{{"content":"{}"}}}}]}}"#, "x".repeat(1 << 20));
    let cases = [
        ("garbage", Act::Send(b"\x16\x03\x01 I am no web server\r\n\r\n".to_vec()), "model-garbled"),
        ("a page", ok("<html>Welcome</html>"), "model-not-json"),
        ("nothing", ok(""), "model-not-json"),
        ("half of the JSON", ok(r#"{"choices":[{"message":"#), "model-not-json"),
        ("another schema", ok(r#"{"response":"yes"}"#), "model-schema"),
        ("a list", ok("[1,2]"), "model-schema"),
        ("no choice", ok(r#"{"choices":[]}"#), "model-schema"),
        ("no text", ok(r#"{"choices":[{"message":{"content":null,"tool_calls":[]}}]}"#), "model-schema"),
        ("an error that says OK", ok(r#"{"error":{"message":"no such model"}}"#), "model-schema"),
        ("a megabyte", ok(&megabyte), "model-too-long"),
        ("no key", http("401 Unauthorized", "", r#"{"error":"bad key sk-secret-1"}"#), "model-refused"),
        ("a redirect", http("302 Found", "location: http://127.0.0.1:9/\r\n", ""), "model-refused"),
        ("another path", http("404 Not Found", "", "no"), "model-refused"),
    ];
    for (what, act, code) in cases {
        let (answer, asked) = play(vec![act]);
        let error = answer.unwrap_err();
        assert_eq!((error.code(), asked), (code, 1), "{what}: {error}");
        let text = format!("{error} {error:?}");
        assert!(!text.contains("sk-secret") && text.len() < 2000, "{what}: {text}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn an_endless_answer_ends() {
    let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..600 {
        bytes.extend(format!("400\r\n{}\r\n", "x".repeat(1024)).bytes());
    }
    let (answer, _) = play(vec![Act::SendAndHang(bytes)]);
    assert_eq!(answer.unwrap_err().code(), "model-too-long");
}

#[test]
fn nobody_there_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(ask(&address).unwrap_err().code(), "model-unreachable");
}

#[test]
fn a_key_that_a_server_echoes_is_struck_out() {
    let echo = http(
        "200 OK",
        "",
        r#"{"choices":[{"message":{"content":"your key is sk-secret-1"},"finish_reason":"length"}]}"#,
    );
    let answer = play(vec![echo]).0.unwrap();
    assert_eq!((answer.text.as_str(), answer.cut), ("your key is [key]", true));
    assert_eq!(format!("{:?}", Key::new("sk-secret-1").unwrap()), "Key(…)");
    assert!(!format!("{:?}", HttpModel::new("http://h/v1", quick()).unwrap()).contains("sk-secret"));
    assert!(!HttpModel::new("http://h/v1", quick()).unwrap().name().contains("sk-secret"));
    assert!(Key::new("a\nb").is_err() && Key::new("").is_err());
}

#[test]
fn an_address_is_one_of_a_host() {
    for (address, url) in [
        ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1/chat/completions"),
        ("https://h.example/v1/", "https://h.example/v1/chat/completions"),
        ("https://h.example/v1/chat/completions", "https://h.example/v1/chat/completions"),
    ] {
        assert_eq!(HttpModel::new(address, quick()).unwrap().url, url);
    }
    for address in ["", "h.example", "ftp://h/", "http://", "http://h/?key=1", "http://me:hush@h/v1", "http://h/ x"] {
        let error = HttpModel::new(address, quick()).unwrap_err();
        assert_eq!(error.code(), "model-address", "{address}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

//! What compiling a component would take, estimated from its bytes.
//!
//! wasmtime's compiler cannot be stopped, and for some code it takes time and memory out of all proportion: four kilobytes of loops within
//! each other that all change the same variables take twenty seconds. So each function is read once before it is compiled, and what makes
//! compilers slow is counted. A step is about what an ordinary instruction takes, a microsecond; the weights were measured with the
//! worst code that was found for each (`tests/attacks/effort.rs` holds it). An estimate is the same on every machine, where time is not.

use wasmparser::{BlockType, FunctionBody, Operator, Parser, Payload, TypeRef};

/// Steps that compiling takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Of all functions.
    pub(crate) total: u64,
    /// Of the function that takes most, which is compiled in one go: its memory grows with its steps.
    pub(crate) largest: u64,
}

/// Estimates the effort for all modules of a component, or for a module. What cannot be read is for the compiler to refuse.
pub(crate) fn estimate(bytes: &[u8]) -> Effort {
    let mut effort = Effort::default();
    let (mut types, mut functions, mut bodies) = (Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(payload) = payload else { break };
        match payload {
            Payload::Version { .. } => (types, functions, bodies) = (Vec::new(), Vec::new(), 0),
            Payload::TypeSection(section) => {
                let read = section.into_iter_err_on_gc_types().map_while(Result::ok);
                types.extend(
                    read.map(|ty| Arity { params: ty.params().len() as u64, results: ty.results().len() as u64 }),
                );
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports().map_while(Result::ok) {
                    if let TypeRef::Func(ty) | TypeRef::FuncExact(ty) = import.ty {
                        functions.push(ty);
                        bodies += 1;
                    }
                }
            }
            Payload::FunctionSection(section) => functions.extend(section.into_iter().map_while(Result::ok)),
            Payload::CodeSectionEntry(body) => {
                let ty = functions.get(bodies).and_then(|ty| types.get(*ty as usize)).copied().unwrap_or_default();
                bodies += 1;
                let module = Module { types: &types, functions: &functions };
                let steps = Function::new(module, ty).steps(&body);
                effort.total = effort.total.saturating_add(steps);
                effort.largest = effort.largest.max(steps);
            }
            _ => {}
        }
    }
    effort
}

/// How many values a function or a block takes and gives.
#[derive(Clone, Copy, Debug, Default)]
struct Arity {
    params: u64,
    results: u64,
}

impl Arity {
    fn values(self) -> u64 {
        self.params + self.results
    }
}

#[derive(Clone, Copy)]
struct Module<'a> {
    types: &'a [Arity],
    functions: &'a [u32],
}

impl Module<'_> {
    fn ty(self, index: u32) -> Arity {
        self.types.get(index as usize).copied().unwrap_or_default()
    }

    fn block(self, ty: BlockType) -> Arity {
        match ty {
            BlockType::Empty => Arity::default(),
            BlockType::Type(_) => Arity { params: 0, results: 1 },
            BlockType::FuncType(index) => self.ty(index),
        }
    }
}

/// A block that is open.
struct Open {
    /// Values that a branch to it carries.
    carried: u64,
    is_loop: bool,
}

/// A loop that is open.
struct Loop {
    /// The count of operators before it.
    begun: u64,
    /// Variables that are used in it, and not in a loop within it that is still open.
    used: i64,
}

/// What is counted in a function.
struct Function<'a> {
    module: Module<'a>,
    arity: Arity,
    open: Vec<Open>,
    loops: Vec<Loop>,
    /// For each variable, the count of operators at its last use; 0 where there was none.
    last_use: Vec<u64>,
    variables_used: u64,
    operators: u64,
    blocks: u64,
    /// Values that calls and branches hand over.
    passed: u64,
    /// Values that blocks take and give.
    joined: u64,
    /// Calls by a table, and reads of one, each of which may have to make a function's reference first.
    by_table: u64,
    /// Steps that loops take.
    looped: u64,
}

/// Steps of a function that does nothing.
const EMPTY: u64 = 40;
/// Variables that WebAssembly allows to a function; more is refused by the compiler.
const VARIABLES: u64 = 50_000;

impl<'a> Function<'a> {
    fn new(module: Module<'a>, arity: Arity) -> Self {
        Function {
            module,
            arity,
            open: vec![Open { carried: arity.results, is_loop: false }],
            loops: Vec::new(),
            last_use: Vec::new(),
            variables_used: 0,
            operators: 0,
            blocks: 0,
            passed: 0,
            joined: 0,
            by_table: 0,
            looped: 0,
        }
    }

    fn steps(mut self, body: &FunctionBody<'_>) -> u64 {
        let declared = body.get_locals_reader().into_iter().flatten().map_while(Result::ok);
        let declared = declared.fold(0_u64, |sum, (count, _)| sum.saturating_add(count.into()));
        let variables = declared.saturating_add(self.arity.params).min(VARIABLES);
        self.last_use = vec![0; variables as usize];
        if let Ok(mut operators) = body.get_operators_reader() {
            while let Ok(operator) = operators.read() {
                self.count(&operator);
            }
        }
        while self.loops.last().is_some() {
            self.end_loop();
        }
        // Weights, in steps: of memory where memory is what runs out first.
        [
            EMPTY,
            self.operators,
            self.blocks.saturating_mul(2),
            variables / 16,
            self.passed.saturating_add(self.arity.values()).saturating_mul(5),
            self.joined.saturating_mul(self.joined) >> 13,
            self.by_table.saturating_mul(self.by_table) / 125,
            self.variables_used.saturating_mul(self.blocks) / 8,
            self.looped,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    fn count(&mut self, operator: &Operator<'_>) {
        self.operators += 1;
        match operator {
            Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } => {
                self.uses(*local_index);
            }
            Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                let is_loop = matches!(operator, Operator::Loop { .. });
                let arity = self.module.block(*blockty);
                self.blocks += 1;
                self.joined = self.joined.saturating_add(arity.values());
                self.open.push(Open { carried: if is_loop { arity.params } else { arity.results }, is_loop });
                if is_loop {
                    self.loops.push(Loop { begun: self.operators, used: 0 });
                }
            }
            Operator::Else => self.blocks += 1,
            Operator::End => {
                self.blocks += 1;
                if self.open.pop().is_some_and(|open| open.is_loop) {
                    self.end_loop();
                }
            }
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.blocks += 1;
                self.passed = self.passed.saturating_add(self.carried(*relative_depth));
            }
            Operator::BrTable { targets } => {
                let all = targets.targets().map_while(Result::ok).chain([targets.default()]);
                for depth in all {
                    self.blocks += 1;
                    self.passed = self.passed.saturating_add(1 + self.carried(depth));
                }
            }
            Operator::Return => self.passed = self.passed.saturating_add(self.arity.results),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                let ty = self.module.functions.get(*function_index as usize).copied();
                self.passed = self.passed.saturating_add(1 + ty.map_or(0, |ty| self.module.ty(ty).values()));
            }
            Operator::CallIndirect { type_index, .. } | Operator::ReturnCallIndirect { type_index, .. } => {
                self.by_table += 1;
                self.passed = self.passed.saturating_add(1 + self.module.ty(*type_index).values());
            }
            Operator::TableGet { .. } => self.by_table += 1,
            // Calls into wasmtime.
            Operator::MemoryFill { .. }
            | Operator::MemoryCopy { .. }
            | Operator::MemoryInit { .. }
            | Operator::MemoryGrow { .. }
            | Operator::DataDrop { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::TableGrow { .. }
            | Operator::TableSet { .. }
            | Operator::ElemDrop { .. }
            | Operator::RefFunc { .. } => self.passed = self.passed.saturating_add(3),
            _ => {}
        }
    }

    fn carried(&self, depth: u32) -> u64 {
        let from_end = self.open.len().checked_sub(1 + depth as usize);
        from_end.and_then(|index| self.open.get(index)).map_or(0, |open| open.carried)
    }

    /// Counts a variable in each open loop in which it was not used yet: they are the innermost ones, those that began after its last use.
    fn uses(&mut self, variable: u32) {
        let Some(last) = self.last_use.get_mut(variable as usize) else { return };
        let before = std::mem::replace(last, self.operators);
        self.variables_used += u64::from(before == 0);
        let known = self.loops.partition_point(|open| open.begun < before);
        if known < self.loops.len() {
            // Carried outwards when a loop ends, up to the ones that know it.
            if let Some(innermost) = self.loops.last_mut() {
                innermost.used += 1;
            }
            if let Some(outside) = known.checked_sub(1).and_then(|index| self.loops.get_mut(index)) {
                outside.used -= 1;
            }
        }
    }

    /// A variable of a loop has a value of its own in each loop around it, and each is traced to its origin.
    fn end_loop(&mut self) {
        let depth = self.loops.len() as u64;
        let Some(Loop { used, .. }) = self.loops.pop() else { return };
        if let Some(around) = self.loops.last_mut() {
            around.used += used;
        }
        let used = used.max(0) as u64;
        let steps =
            2_u64.saturating_mul(depth).saturating_mul(used.saturating_mul(used)) / 250 + 3 * depth * depth / 1_000;
        self.looped = self.looped.saturating_add(steps);
    }
}

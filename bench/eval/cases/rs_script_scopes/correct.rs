//! Runs the small scripts with which users compute fields of a form.

use std::collections::HashMap;

/// Something that has a value.
pub enum Expr {
    Number(i64),
    Variable(String),
    Sum(Box<Expr>, Box<Expr>),
    Quotient(Box<Expr>, Box<Expr>),
}

/// One step of a script.
pub enum Step {
    /// Declares a variable in the innermost scope, where it may hide one of the same name.
    Let(String, Expr),
    /// Changes a variable in the innermost scope that has it.
    Assign(String, Expr),
    /// Runs steps in a scope of their own.
    Block(Vec<Step>),
}

#[derive(Debug, PartialEq, Eq)]
pub enum ScriptError {
    UnknownVariable(String),
    DivisionByZero,
    Overflow,
}

/// Runs scripts one after the other. Variables that are not in a block are kept between them, also
/// if a script ends with an error.
pub struct Interpreter {
    /// The innermost scope comes last; the first one is never removed.
    scopes: Vec<HashMap<String, i64>>,
}

impl Interpreter {
    pub fn new() -> Self {
        Interpreter {
            scopes: vec![HashMap::new()],
        }
    }

    /// Runs the steps in order, up to the first error.
    pub fn run(&mut self, steps: &[Step]) -> Result<(), ScriptError> {
        steps.iter().try_for_each(|step| self.run_step(step))
    }

    /// The value of a variable that can be seen at present.
    pub fn get(&self, name: &str) -> Option<i64> {
        self.scopes
            .iter()
            .rev()
            .find_map(|scope| scope.get(name))
            .copied()
    }

    fn run_step(&mut self, step: &Step) -> Result<(), ScriptError> {
        match step {
            Step::Let(name, expr) => {
                let value = self.evaluate(expr)?;
                self.innermost().insert(name.clone(), value);
                Ok(())
            }
            Step::Assign(name, expr) => {
                let value = self.evaluate(expr)?;
                *self.variable_mut(name)? = value;
                Ok(())
            }
            Step::Block(steps) => self.run_block(steps),
        }
    }

    /// Runs steps in a new scope, which is gone afterwards in any case.
    fn run_block(&mut self, steps: &[Step]) -> Result<(), ScriptError> {
        self.scopes.push(HashMap::new());
        let result = self.run(steps);
        self.scopes.pop();
        result
    }

    fn evaluate(&self, expr: &Expr) -> Result<i64, ScriptError> {
        match expr {
            Expr::Number(value) => Ok(*value),
            Expr::Variable(name) => self
                .get(name)
                .ok_or_else(|| ScriptError::UnknownVariable(name.clone())),
            Expr::Sum(left, right) => self
                .evaluate(left)?
                .checked_add(self.evaluate(right)?)
                .ok_or(ScriptError::Overflow),
            Expr::Quotient(left, right) => {
                let (dividend, divisor) = (self.evaluate(left)?, self.evaluate(right)?);
                if divisor == 0 {
                    return Err(ScriptError::DivisionByZero);
                }
                dividend.checked_div(divisor).ok_or(ScriptError::Overflow)
            }
        }
    }

    fn innermost(&mut self) -> &mut HashMap<String, i64> {
        self.scopes
            .last_mut()
            .expect("the first scope is never removed")
    }

    fn variable_mut(&mut self, name: &str) -> Result<&mut i64, ScriptError> {
        self.scopes
            .iter_mut()
            .rev()
            .find_map(|scope| scope.get_mut(name))
            .ok_or_else(|| ScriptError::UnknownVariable(name.to_owned()))
    }
}

impl Default for Interpreter {
    fn default() -> Self {
        Self::new()
    }
}

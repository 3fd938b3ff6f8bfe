#[cfg(test)]
mod t {
    use super::*;

    fn number(value: i64) -> Expr {
        Expr::Number(value)
    }

    fn variable(name: &str) -> Expr {
        Expr::Variable(name.to_owned())
    }

    #[test]
    fn runs_scripts() {
        let mut scripts = Interpreter::new();
        let inner = vec![
            Step::Let("b".into(), number(5)),
            Step::Assign("a".into(), Expr::Sum(Box::new(variable("a")), Box::new(variable("b")))),
            Step::Let("a".into(), number(0)),
        ];
        assert_eq!(scripts.run(&[Step::Let("a".into(), number(1)), Step::Block(inner)]), Ok(()));
        assert_eq!((scripts.get("a"), scripts.get("b")), (Some(6), None));
        let quotient = Expr::Quotient(Box::new(number(1)), Box::new(number(0)));
        let failing = vec![Step::Let("a".into(), number(9)), Step::Let("c".into(), quotient)];
        assert_eq!(scripts.run(&[Step::Block(failing)]), Err(ScriptError::DivisionByZero));
        assert_eq!(scripts.get("a"), Some(6));
        let unknown = ScriptError::UnknownVariable("z".into());
        assert_eq!(scripts.run(&[Step::Assign("z".into(), number(1))]), Err(unknown));
        let sum = Expr::Sum(Box::new(number(i64::MAX)), Box::new(number(1)));
        assert_eq!(scripts.run(&[Step::Let("d".into(), sum)]), Err(ScriptError::Overflow));
    }
}

#[cfg(test)]
mod t {
    use super::*;

    #[test]
    fn reads_variables() {
        let found = parse_env("# local\nexport HOST=\"a b\"\n\nPORT = 80\nPORT=81\n").unwrap();
        assert_eq!((found["HOST"].as_str(), found["PORT"].as_str(), found.len()), ("a b", "81", 2));
        assert_eq!(parse_env("A=1\nB\n").unwrap_err(), EnvError { line: 2, problem: Problem::NoEquals });
        assert_eq!(parse_env("A=\"x").unwrap_err().to_string(), "line 1: the quoted value does not end");
        assert_eq!(parse_env("1A=x").unwrap_err().problem, Problem::BadKey);
        assert_eq!(parse_env("URL=db?a=1&b=2").unwrap()["URL"], "db?a=1&b=2");
    }
}

"""The grammars' names of what the sentences distinguish, for Python, JavaScript, TypeScript, Go and Rust."""

from __future__ import annotations

from postil.core.change.parts import Part

COMPARISONS = frozenset(["<", "<=", ">", ">=", "==", "!=", "===", "!==", "is", "in", "<>"]) | {"is not", "not in"}
ARITHMETIC = frozenset(["+", "-", "*", "/", "//", "%", "**", "@", "<<", ">>", "&", "|", "^", "&^"])
LOGICAL = frozenset(["and", "or", "&&", "||", "??"])

BINARY = frozenset({"comparison_operator", "binary_operator", "boolean_operator", "binary_expression"})
NOT = frozenset({"not_operator", "unary_expression"})
AWAIT = frozenset({"await", "await_expression"})
CALLS = frozenset({"call", "call_expression", "new_expression"})
CALLEES = ("function", "constructor")
ARGUMENTS = frozenset({"argument_list", "arguments"})
PARAMETERS = frozenset({"parameters", "formal_parameters", "parameter_list", "lambda_parameters", "closure_parameters"})
LAMBDAS = frozenset({"lambda", "arrow_function", "function_expression", "closure_expression", "func_literal"})
ATTRIBUTES = frozenset(
    {"attribute", "member_expression", "selector_expression", "field_expression", "scoped_identifier"}
)
OBJECTS = ("object", "operand", "value")
SUBSCRIPTS = frozenset({"subscript", "subscript_expression", "index_expression", "slice_expression"})
SLICES = frozenset({"slice"})
BLOCKS = frozenset(
    {
        "module",
        "program",
        "source_file",
        "block",
        "statement_block",
        "statement_list",
        "class_body",
        "declaration_list",
    }
)
COLLECTIONS = frozenset(
    {
        "list",
        "tuple",
        "set",
        "dictionary",
        "array",
        "object",
        "literal_value",
        "array_expression",
        "switch_body",
        "match_block",
        "field_initializer_list",
        "literal_element",
    }
)
BRANCHES = frozenset(
    {
        "if_statement",
        "try_statement",
        "for_statement",
        "while_statement",
        "match_statement",
        "expression_switch_statement",
        "switch_statement",
        "if_expression",
    }
)
CLAUSES = frozenset(
    {
        "else_clause",
        "elif_clause",
        "except_clause",
        "finally_clause",
        "catch_clause",
        "case_clause",
        "expression_case",
        "default_case",
        "switch_case",
        "switch_default",
        "match_arm",
    }
)
LOOPS_AND_BRANCHES = frozenset(
    {
        "for_statement",
        "for_in_statement",
        "while_statement",
        "for_expression",
        "while_expression",
        "loop_expression",
        "if_statement",
        "if_expression",
        "with_statement",
        "try_statement",
        "do_statement",
    }
)
CONDITIONAL = frozenset(
    {"if_statement", "elif_clause", "while_statement", "if_expression", "while_expression", "do_statement"}
)
DEFAULTS = frozenset(
    {
        "default_parameter",
        "typed_default_parameter",
        "assignment_pattern",
        "object_assignment_pattern",
        "required_parameter",
        "optional_parameter",
    }
)
ASSIGNMENTS = frozenset(
    {
        "assignment",
        "augmented_assignment",
        "assignment_expression",
        "augmented_assignment_expression",
        "compound_assignment_expr",
        "assignment_statement",
        "short_var_declaration",
        "variable_declarator",
        "let_declaration",
    }
)
PAIRS = frozenset({"keyword_argument", "pair", "keyed_element", "field_initializer"})
RETURNS = frozenset({"return_statement", "return_expression"})
RAISES = frozenset({"raise_statement", "throw_statement"})
LOOPS = frozenset({"for_statement", "for_in_statement", "for_expression", "range_clause", "for_in_clause"})
# What a `with` closes: of other managers it isn't known.
CLOSED = frozenset(
    {"open", "io.open", "gzip.open", "bz2.open", "lzma.open", "tarfile.open", "zipfile.ZipFile", "urlopen"}
)


def callee(call: Part) -> Part | None:
    """What a call calls."""
    if call.kind not in CALLS:
        return None
    return next((part for name in CALLEES if (part := call.get(name)) is not None), None)


def arguments(call: Part) -> tuple[Part, ...]:
    """The arguments of a call."""
    inside = next((child for child in call.children if child.kind in ARGUMENTS), None)
    if inside is None or (not inside.children and not inside.words):
        return ()
    return inside.children or (inside,)


def target(part: Part) -> Part | None:
    """What an attribute is an attribute of."""
    if part.kind not in ATTRIBUTES:
        return None
    return next((child for name in OBJECTS if (child := part.get(name)) is not None), None)

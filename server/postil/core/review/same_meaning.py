"""Whether two Python texts certainly have the same meaning. A rewrite of equal meaning is no finding."""

from __future__ import annotations

import ast


def same_meaning(a: str, b: str) -> bool:
    """Whether both have the same normal form. False if one of them doesn't parse.

    The normal form has no docstrings, no annotations, and no arguments or causes of a `raise`; it doesn't distinguish
    `else` from code behind a branch that always leaves, `x = x + y` from `x += y`, or `not x in y` from `x not in y`.
    """
    first, second = _normal(a), _normal(b)
    return first is not None and first == second


def _normal(text: str) -> str | None:
    try:
        tree = ast.parse(text)
        return ast.dump(_Normal().visit(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.In: ast.NotIn,
    ast.Is: ast.IsNot,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


class _Normal(ast.NodeTransformer):
    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block: list[ast.stmt] | ast.expr | None = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, _block(block))
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        self.generic_visit(node)
        node.cause = None
        if isinstance(node.exc, ast.Call):
            node.exc = ast.Call(node.exc.func, [], [])
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        value = node.value
        if len(node.targets) == 1 and isinstance(value, ast.BinOp):
            target = node.targets[0]
            if isinstance(target, ast.Name) and isinstance(value.left, ast.Name) and target.id == value.left.id:
                return ast.AugAssign(target, value.op, value.right)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        return node if node.value is None else ast.Assign([node.target], node.value)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        operand = node.operand
        if isinstance(node.op, ast.Not) and isinstance(operand, ast.Compare) and len(operand.ops) == 1:
            other = _OPPOSITE.get(type(operand.ops[0]))
            if other is not None:
                return ast.Compare(operand.left, [other()], operand.comparators)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        parts = [part for part in node.values if isinstance(part, ast.Constant)]
        return ast.Constant("".join(str(part.value) for part in parts)) if len(parts) == len(node.values) else node


def _block(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The statements without bare constants (docstrings) and `pass`. What follows an `if` that always leaves becomes
    its `else`."""
    kept = [
        item
        for item in statements
        if not isinstance(item, ast.Pass) and not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))
    ]
    for index in range(len(kept) - 2, -1, -1):
        item = kept[index]
        if isinstance(item, ast.If) and not item.orelse and item.body and _leaves(item.body[-1]):
            item.orelse = kept[index + 1 :]
            del kept[index + 1 :]
    return kept


def _leaves(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If):
        return bool(statement.orelse) and _leaves(statement.body[-1]) and _leaves(statement.orelse[-1])
    return isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break)

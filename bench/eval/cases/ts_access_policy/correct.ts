export type Effect = "allow" | "deny";

/** One rule of a policy. A pattern is a full name, or the beginning of names followed by `*`. */
export interface Statement {
  readonly effect: Effect;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** The statement behind the decision; missing if none applies. */
  readonly statement?: Statement;
}

export class AccessDeniedError extends Error {
  constructor(readonly request: AccessRequest) {
    super(`${request.action} on ${request.resource} is not allowed`);
    this.name = "AccessDeniedError";
  }
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function applies(statement: Statement, request: AccessRequest): boolean {
  return (
    statement.actions.some((pattern) => covers(pattern, request.action)) &&
    statement.resources.some((pattern) => covers(pattern, request.resource))
  );
}

/** What the members of a role may do. */
export class AccessPolicy {
  private readonly statements: Statement[] = [];

  constructor(
    readonly role: string,
    statements: Iterable<Statement> = [],
  ) {
    for (const statement of statements) {
      this.add(statement);
    }
  }

  /** Adds a statement, which needs at least one action and one resource. */
  add(statement: Statement): this {
    if (statement.actions.length === 0 || statement.resources.length === 0) {
      throw new RangeError(`a statement for ${this.role} has no actions or no resources`);
    }
    this.statements.push(statement);
    return this;
  }

  /**
   * Decides on a request. A statement that denies it outweighs all those that allow it, in
   * whatever order they were added. What no statement applies to is not allowed.
   */
  decide(request: AccessRequest): Decision {
    let decision: Decision = { allowed: false };
    for (const statement of this.statements) {
      if (!applies(statement, request)) {
        continue;
      }
      decision = { allowed: statement.effect === "allow", statement };
      if (!decision.allowed) {
        break;
      }
    }
    return decision;
  }

  /** Returns normally if the request is allowed; throws AccessDeniedError otherwise. */
  require(request: AccessRequest): void {
    if (!this.decide(request).allowed) {
      throw new AccessDeniedError(request);
    }
  }

  /** Those of the actions that are allowed on a resource, for menus and buttons. */
  allowedActions(actions: readonly string[], resource: string): string[] {
    return actions.filter((action) => this.decide({ action, resource }).allowed);
  }
}

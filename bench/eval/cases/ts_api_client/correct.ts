export interface Task {
  id: string;
  title: string;
  done: boolean;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** Access to the task service. Every method rejects with ApiError when the server refuses. */
export class TaskClient {
  constructor(
    private readonly baseUrl: string,
    private readonly fetchImpl: typeof fetch = (...args) => fetch(...args),
  ) {}

  async list(): Promise<Task[]> {
    const response = await this.fetchImpl(`${this.baseUrl}/tasks`);
    await this.ensureOk(response);
    return (await response.json()) as Task[];
  }

  async setDone(id: string, done: boolean): Promise<void> {
    const response = await this.fetchImpl(this.taskUrl(id), {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ done }),
    });
    await this.ensureOk(response);
  }

  async remove(id: string): Promise<void> {
    const response = await this.fetchImpl(this.taskUrl(id), { method: "DELETE" });
    await this.ensureOk(response);
  }

  private taskUrl(id: string): string {
    return `${this.baseUrl}/tasks/${encodeURIComponent(id)}`;
  }

  private async ensureOk(response: Response): Promise<void> {
    if (!response.ok) {
      throw new ApiError(response.status, await response.text());
    }
  }
}

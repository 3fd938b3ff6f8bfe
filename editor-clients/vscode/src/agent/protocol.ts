/** The parts of the Agent Client Protocol that are used here (https://agentclientprotocol.com). */

export const PROTOCOL = 1;

export interface Block {
    type: string;
    text?: string;
    resource?: { uri: string; text: string; mimeType?: string };
}

export interface Diff {
    type: 'diff';
    path: string;
    oldText?: string | null;
    newText: string;
}

export type Content = Diff | { type: 'content'; content: Block } | { type: 'terminal' };

export interface Call {
    toolCallId: string;
    title?: string | null;
    status?: string | null;
    content?: Content[] | null;
    locations?: Array<{ path: string; line?: number | null }> | null;
}

export interface Mode {
    id: string;
    name: string;
    description?: string | null;
}

export interface Modes {
    currentModeId: string;
    availableModes: Mode[];
}

export interface Option {
    optionId: string;
    name: string;
    kind: string;
}

export interface PermissionAsked {
    sessionId: string;
    toolCall: Call;
    options: Option[];
}

export type Outcome = { outcome: 'cancelled' } | { outcome: 'selected'; optionId: string };

export type Update =
    | { sessionUpdate: 'agent_message_chunk' | 'agent_thought_chunk' | 'user_message_chunk'; content: Block }
    | ({ sessionUpdate: 'tool_call' | 'tool_call_update' } & Call)
    | { sessionUpdate: 'plan'; entries: Array<{ content: string; status: string }> }
    | { sessionUpdate: 'current_mode_update'; currentModeId: string };

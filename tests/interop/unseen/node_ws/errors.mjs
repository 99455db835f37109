// An error that ends a request; its code and message go to the client as they are.
export class AgentError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

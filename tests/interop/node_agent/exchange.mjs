// One request's frames, in the order of SYN, ASY and ERR, with the liberties that the switches take.

export class Exchange {
  #request;
  #options;
  #send;
  #jobId;
  #accepted = false; // an ack or started went out, or none is to be
  #ended = false;

  /** `send(members)` puts one frame on the connection; `jobId` is the one that this request gets if it gets any. */
  constructor(request, jobId, options, send) {
    this.#request = request;
    this.#options = options;
    this.#send = send;
    this.#jobId = request.mode === "async" || options["ack-job-id"] ? jobId : undefined;
  }

  accept() {
    const { ack } = this.#options;
    if (this.#request.mode === "async" || ack === "immediate") this.#acknowledge();
    else this.#accepted = ack === "none";
  }

  running(members) {
    if (this.#request.mode === "sync" && !this.#options["running-in-sync"]) return;
    this.#emit({ status: "running", ...members });
  }

  finished(result) {
    this.#emit({ status: "finished", result });
    this.#ended = true;
  }

  /** Ends the request with an error, which may well be its first frame (ERR-1). */
  failed({ code, message, members = {} }) {
    const target = this.#accepted ? this.#target() : { id: this.#request.id };
    this.#reply({ ...target, status: "error", code, message, ...members });
    this.#ended = true;
  }

  #acknowledge() {
    this.#accepted = true;
    const { id, mode } = this.#request;
    const job_id = this.#jobId;
    if (mode === "sync") this.#reply({ id, job_id, status: "ack" });
    else this.#reply({ id: this.#options["started-without-id"] ? undefined : id, job_id, status: "started" });
  }

  #emit(members) {
    if (!this.#accepted) this.#acknowledge();
    this.#reply({ ...this.#target(), ...members });
  }

  /** By job_id alone only where the client was told one; with --ack none it was not. */
  #target() {
    const { target, ack } = this.#options;
    const { id, mode } = this.#request;
    const job_id = mode === "async" || ack !== "none" ? this.#jobId : undefined;
    if (job_id === undefined || target === "id") return { id };
    return target === "job_id" ? { job_id } : { id, job_id };
  }

  #reply(members) {
    if (this.#ended) throw new Error("a frame after the last one of its request (END-1)"); // a bug of this agent
    if (this.#options["extra-frames"]) this.#chatter();
    this.#send(members);
  }

  /** Events of nobody's, and a status that no client knows. */
  #chatter() {
    this.#send({ status: "notice", text: "the wind turns", weather: { status: "finished" } });
    this.#send({ status: "running", progress: 0.99 });
    this.#send({ id: this.#request.id, status: "queued", position: 1 });
  }
}

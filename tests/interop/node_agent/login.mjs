// login_password (LOG-1 to LOG-7).
import { AgentError } from "./requests.mjs";
import { readTtl } from "./sessions.mjs";

function readLogin([credential, ...options]) {
  if (credential === undefined) throw new AgentError("BAD_REQUEST", "login_password needs a credential");
  const login = { credential, device: null, replace: false, attach: false, ttl: undefined };
  for (const option of options) {
    const [, name, , value] = /^--([a-z]+)(=([\s\S]*))?$/.exec(option) ?? [];
    if ((name === "replace" || name === "attach") && value === undefined) login[name] = true;
    else if (name === "device" && value) login.device = value;
    else if (name === "ttl" && value !== undefined) login.ttl = value;
    else throw new AgentError("BAD_REQUEST", "after the credential: --replace or --attach, --device=KEY, --ttl=SECONDS");
  }
  if (login.replace && login.attach) throw new AgentError("BAD_REQUEST", "--replace and --attach exclude each other");
  return { ...login, ttl: readTtl(login.ttl) };
}

export const loginPassword = {
  public: true,
  read: readLogin,
  run({ options: { credential, device, ttl, replace }, connection, agent }) {
    const user = agent.sessions.authenticate(credential);
    const { session, attached } = agent.sessions.login(user, device, ttl);
    connection.identity = { session, via: "login" };
    if (replace && agent.options.replace === "close") agent.closeOthers(session, connection);
    return {
      session_token: session.token,
      user,
      device,
      expires_in: agent.sessions.secondsLeft(session),
      attached,
    };
  },
};

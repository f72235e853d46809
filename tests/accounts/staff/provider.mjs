// An OpenID provider for the tests: oidc-provider (certified), with people who are who they say.
// node provider.mjs REDIRECT_URI…   prints the issuer when it listens.
import http from "node:http";
import Provider from "oidc-provider";

const CLIENT = {
  client_id: "portal",
  client_secret: "provider-secret-of-the-tests-only-0123456789",
  redirect_uris: process.argv.slice(2),
  post_logout_redirect_uris: process.argv.slice(2).map((uri) => new URL("/admin/login/", uri).href),
};

// By subject: what whoever signed in last with it said of themselves.
const people = new Map();
const findAccount = (_ctx, id) => ({ accountId: id, claims: () => people.get(id) });

async function loadExistingGrant(ctx) {
  const { client, session, provider } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope("openid email profile");
  await grant.save();
  return grant;
}

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [CLIENT],
    findAccount,
    loadExistingGrant,
    claims: {
      openid: ["sub", "amr", "acr"],
      email: ["email", "email_verified"],
      profile: ["preferred_username", "tid", "hd", "roles"],
    },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: ["only for tests"] },
  });
  const answer = provider.callback();
  server.on("request", async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return answer(request, response);
    if (request.method === "GET") {
      response.setHeader("Content-Type", "text/html");
      return response.end(
        `<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1>
        <form method="post"><label>Claims <input name="claims" required></label>
        <label>Methods <input name="amr"></label><button>Continue</button>
        <button name="refuse" value="yes">Cancel</button></form>`,
      );
    }
    let body = "";
    for await (const piece of request) body += piece;
    const entered = new URLSearchParams(body);
    const claims = JSON.parse(entered.get("claims") || "{}");
    people.set(claims.sub, claims);
    const login = { accountId: claims.sub, remember: false };
    const amr = (entered.get("amr") || "").split(" ").filter(Boolean);
    if (amr.length) login.amr = amr;
    const result = entered.get("refuse")
      ? { error: "access_denied", error_description: "canceled" }
      : { login };
    await provider.interactionFinished(request, response, result);
  });
  console.log(issuer);
});

// A bare Bolt for JavaScript on Express that acknowledges the command.
import { createRequire } from "node:module";

const [, , packages, secret, port] = process.argv;
const { App, ExpressReceiver } = createRequire(`${packages}/`)("@slack/bolt");

const receiver = new ExpressReceiver({ signingSecret: secret });
const app = new App({
  receiver,
  authorize: async () => ({ botToken: "xoxb-none", botId: "B0", botUserId: "U0" }),
});
app.command("/omni-schedule", async ({ ack }) => ack());
await app.start({ port: Number(port), host: "127.0.0.1" });
console.log("ready");

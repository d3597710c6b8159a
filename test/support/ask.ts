import { once } from "node:events";
import { request as overHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as overTls } from "node:https";
import { TLSSocket } from "node:tls";

/** One request to this machine's loopback, whatever the host's name is: no resolver here knows `*.localhost`. */
export interface Question {
  port: number;
  host: string;
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Requests by HTTPS, and accepts any certificate. */
  tls?: boolean;
}

export interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
  /** Name of the server's certificate. */
  certificate?: string;
}

/** One request on a new connection. */
export async function ask(question: Question): Promise<Answer> {
  const { port, host, path = "/", method = "GET", headers, body, tls = false } = question;
  const options: RequestOptions = {
    host: "127.0.0.1",
    port,
    path,
    method,
    agent: false,
    headers: { host, ...headers },
  };
  const outgoing = tls
    ? overTls({ ...options, servername: host, rejectUnauthorized: false })
    : overHttp(options);
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  const { socket } = response;
  const certificate =
    socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : undefined;
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk as string;
  const { statusCode: status = 0 } = response;
  return {
    status,
    headers: response.headers,
    body: text,
    ...(certificate === undefined ? {} : { certificate: String(certificate) }),
  };
}

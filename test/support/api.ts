import { Api } from "../../src/kubernetes/api";

/** A connection to an API server with prepared answers; the code that uses the answers is real. */
export const fakeApi = (answers: object): Api =>
  Object.assign(Object.create(Api.prototype) as Api, answers);

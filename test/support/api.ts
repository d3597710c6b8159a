import { Api } from "../../src/kubernetes/api";

/** A way to an API server that answers as a test says; what stands on those answers is the real one. */
export const fakeApi = (answers: object): Api =>
  Object.assign(Object.create(Api.prototype) as Api, answers);

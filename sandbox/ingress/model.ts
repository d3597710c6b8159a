import { readAnnotations, type CanaryPolicy, type Settings } from "./annotations";
import { addCanaries } from "./canary";
import { Services, type Server } from "./endpoints";
import { byAge, keyOf, type ClusterObjects, type Ingress, type Service } from "./objects";
import { isOurs } from "./classes";

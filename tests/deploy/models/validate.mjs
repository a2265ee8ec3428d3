// Reads a manifest a line and says, a line each, what its operator's own definition finds wrong with it.
import { createInterface } from "node:readline";

const definitions = {
  "kafka.strimzi.io/v1": () => import("@kubernetes-models/strimzi-kafka-operator/kafka.strimzi.io/v1"),
  "monitoring.coreos.com/v1": () => import("@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1"),
};

for await (const line of createInterface({ input: process.stdin })) {
  const manifest = JSON.parse(line);
  const { apiVersion, kind, metadata } = manifest;
  let wrong = null;
  try {
    const Definition = (await definitions[apiVersion]())[kind];
    new Definition(manifest).validate();
  } catch (error) {
    wrong = String(error.message);
  }
  console.log(JSON.stringify({ kind, name: metadata.name, wrong }));
}

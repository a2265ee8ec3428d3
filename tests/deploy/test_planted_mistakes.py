"""A mistake in a compose file or a manifest is noticed: each is planted in a copy, and a rule must speak."""

import shutil
from pathlib import Path

import pytest
from conftest import Build, add_login, standing
from support import compose, manifest_rules
from support.compose import LOGIN, MAIN, OWN_KAFKA, POSTGRES, load
from support.compose_bus import broker_asks
from support.house import ROOT, SERVICES

KUBERNETES = ROOT / "infra/kubernetes"

IN_COMPOSE = [
    (MAIN, "  read_only: true\n", "  read_only: false\n"),
    (MAIN, "  read_only: true\n", "  read_onyl: true\n"),
    (MAIN, "  cap_drop: [ALL]\n", "  cap_drop: [NET_RAW]\n"),
    (MAIN, '  security_opt: ["no-new-privileges:true"]\n', ""),
    (MAIN, "  mem_limit: 1g\n", ""),
    (MAIN, "  stop_grace_period: 30s\n  restart", "  restart"),
    (MAIN, "127.0.0.1:${WASTE_PORT:-8081}:8080", "8081:8080"),
    (MAIN, "127.0.0.1:${GRAFANA_PORT", "0.0.0.0:${GRAFANA_PORT"),
    (MAIN, "  bus: { internal: true }", "  bus: {}"),
    (MAIN, "  command: [worker]\n  networks: [bus]", "  command: [worker]\n  networks: [bus, outside]"),
    (
        MAIN,
        "    networks: [bus]\n    group_add",
        '    networks: [bus]\n    ports: ["127.0.0.1:9092:9092"]\n    group_add',
    ),
    (MAIN, "topics: { condition: service_completed", "topic: { condition: service_completed"),
    (MAIN, "broker: { condition: service_healthy, required: false }", "broker: { condition: service_healthy }"),
    (MAIN, "profiles: [city, waste, ", "profiles: [city, "),
    (MAIN, "TALAIA_WASTE_KEY_FILE", "TALAIA_WASTE_KEYS_FILE"),
    (MAIN, '"waste-view:/var/lib/talaia", *keys]', '"waste-view:/var/lib/talaia"]'),
    (MAIN, '["/tmp:size=64m,mode=1777,exec"]', '["/tmp:size=64m,mode=1777"]'),
    (MAIN, 'source: "${SECRETS_FOLDER}/watch"', 'source: "${SECRETS_FOLDER}/databases"'),
    (MAIN, "source: waste-worker.toml", "source: alerts-worker.toml"),
    (MAIN, "[{ source: waste-worker.toml, target: bus.toml }]", "[waste-worker.toml]"),
    (MAIN, "[{ source: cli.toml, target: bus.toml }]", "[{ source: cli.toml, target: bus.toml }, admin_password]"),
    (MAIN, "  TALAIA_KAFKA_FILE: /run/secrets/bus.toml\n", ""),
    (MAIN, "/etc/talaia/bus/admin.toml", "/etc/talaia/bus/cli.toml"),
    (MAIN, "[topics, apply, --users, --acls, --secrets,", "[topics, apply, --users, --secrets,"),
    (MAIN, ", bind: { create_host_path: false } }", " }"),
    (MAIN, "target: /etc/talaia/bus, read_only: true,", "target: /etc/talaia/bus,"),
    (MAIN, 'volumes: ["waste-worker:/var/lib/talaia"]', 'volumes: ["waste-worker:/var/lib/talaia", "./var/secrets/bus:/bus:ro"]'),
    (MAIN, "./infra/kafka:/etc/talaia:ro", "./infra/kafka:/etc/talaia"),
    (OWN_KAFKA, "  networks: [outside]\n", "  network: [outside]\n"),
    (OWN_KAFKA, "  waste-worker: *own\n", "  waste-works: *own\n"),
    (LOGIN, "TALAIA_WASTE_OIDC_FILE: /run/secrets/waste_login", "TALAIA_WASTE_OIDC: /run/secrets/waste_login"),
    (LOGIN, "    secrets: [waste_login]\n", ""),
    (MAIN, "POSTGRES_PASSWORD_FILE: /run/secrets/postgres_password", "POSTGRES_PASSWORD: talaia"),
    (MAIN, "    image: prom/prometheus:v3.16.0", "    image: prom/prometheus:latest"),
    (MAIN, "  alerts-view: {}\n", ""),
    (MAIN, "./infra/monitoring/rules:/etc", "./infra/monitoring/rule:/etc"),
    (MAIN, "./infra/monitoring/dashboards:/var/lib/dashboards:ro", "./infra/monitoring/dashboards:/var/lib/dashboards"),
    (MAIN, "args: { SERVICE: alerts }", "args: { SERVICE: waste }"),
    (MAIN, "    user: postgres\n", "    user: root\n"),
    (MAIN, "  <<: [*hardened, *healthy]\n  command: [worker]", "  <<: *hardened\n  command: [worker]"),
    (MAIN, '/postgres_password" }', '/../postgres_password" }'),
    (
        POSTGRES,
        "environment: { TALAIA_WASTE_DATABASE_URL_FILE: /run/secrets/waste_database }",
        'environment: { TALAIA_WASTE_DATABASE_URL: "postgresql://talaia:talaia@postgres/talaia" }',
    ),
]

IN_BROKER = [
    ("BUS:SASL_PLAINTEXT", "BUS:PLAINTEXT"),
    ("LOCAL://127.0.0.1:9094,", "LOCAL://:9094,"),
    ("CONTROLLER://127.0.0.1:9093", "CONTROLLER://broker:9093"),
    ("allow.everyone.if.no.acl.found=false", "allow.everyone.if.no.acl.found=true"),
    ("authorizer.class.name=", "#authorizer.class.name="),
    ("super.users=User:admin;", "super.users=User:admin;User:cli;"),
    ("sasl.enabled.mechanisms=SCRAM-SHA-512", "sasl.enabled.mechanisms=PLAIN"),
    ("auto.create.topics.enable=false\n", ""),
]

IN_MANIFESTS = [
    ("service/worker.yaml", "podManagementPolicy", "podManagementPolcy"),
    ("service/worker.yaml", "podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady"),
    ("service/worker.yaml", "      serviceAccountName: worker", "      serviceAccountName: works"),
    ("service/worker.yaml", "            readOnlyRootFilesystem: true\n", ""),
    ("service/worker.yaml", "capabilities: { drop: [ALL] }", "capabilities: { drop: [ALL], add: [NET_ADMIN] }"),
    ("service/worker.yaml", "        runAsUser: 10001", "        runAsUser: 0"),
    ("service/worker.yaml", "        seccompProfile: { type: RuntimeDefault }\n", ""),
    ("service/worker.yaml", "      automountServiceAccountToken: false\n", ""),
    ("service/worker.yaml", "      enableServiceLinks: false  # variables of Services look like settings\n", ""),
    ("service/worker.yaml", "            limits: { memory: 1Gi }\n", ""),
    ("service/worker.yaml", "httpGet: { path: /metrics, port: metrics }", "httpGet: { path: /healthz, port: metrics }"),
    ("service/worker.yaml", "failureThreshold: 120", "failureThreshold: 12"),
    ("service/worker.yaml", "  maxUnavailable: 1\n", "  maxUnavailable: 1\n  minAvailable: 1\n"),
    ("service/worker.yaml", "TALAIA_METRICS_PORT", "TALAIA_METRIC_PORT"),
    ("service/worker.yaml", "- configMapRef: { name: bus }", "- secretRef: { name: waste-worker }"),
    ("service/worker.yaml", "value: /etc/talaia/bus/bus.toml", "value: /etc/talaia/bus.toml"),
    ("service/worker.yaml", "ports: [{ protocol: TCP, port: 9093 }]", "ports: [{ protocol: TCP, port: 9092 }]"),
    ("service/worker.yaml", "    - { name: metrics, port: 8080, targetPort: metrics }", "    - { name: metrics, port: eighty }"),
    (
        "service/api.yaml",
        "rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }",
        "rollingUpdate: { maxUnavailable: 1, maxSurge: 1 }",
    ),
    ("service/api.yaml", "  selector: { app.kubernetes.io/component: api }", "  selector: { app.kubernetes.io/component: apis }"),
    (
        "service/api.yaml",
        "httpGet: { path: /readyz, port: http }\n            periodSeconds: 5",
        "httpGet: { path: /readyz, port: web }\n            periodSeconds: 5",
    ),
    (
        "service/api.yaml",
        "        - { name: tmp, emptyDir: { sizeLimit: 64Mi } }",
        "        - { name: tmp, hostPath: { path: /tmp } }",
    ),
    (
        "service/api.yaml",
        "{ name: TALAIA_INSTANCE, valueFrom: { fieldRef: { fieldPath: metadata.name } } }",
        "{ name: TALAIA_WASTE_KEY_FILE, valueFrom: { secretKeyRef: { name: waste-api-keys, key: api_keys } } }",
    ),
    ("base/waste/kustomization.yaml", "value: waste-worker }", "value: alerts-worker }"),
    ("base/waste/kustomization.yaml", "TALAIA_WASTE_LISTEN", "TALAIA_ALERTS_LISTEN"),
    ("base/waste/worker.toml", "waste-worker", "waste-api"),
    ("base/waste/worker.toml", "ca.crt", "ca.pem"),
    ("components/default-deny/network.yaml", "[Ingress, Egress]", "[Ingress]"),
    ("components/default-deny/kustomization.yaml", "[namespace.yaml, network.yaml]", "[namespace.yaml]"),
    ("components/ingress/waste/ingress.yaml", "service: { name: waste-api,", "service: { name: waste-app,"),
    ("components/ingress/waste/ingress.yaml", "matchLabels: { kubernetes.io/metadata.name: ingress-nginx }", ""),
    ("components/ingress/waste/kustomization.yaml", "[ingress.yaml]", "[ingres.yaml]"),
    ("components/monitoring/network.yaml", "port: 8080", "port: 9093"),
    ("components/login/waste/kustomization.yaml", "TALAIA_WASTE_OIDC_FILE", "TALAIA_WASTE_OIDC"),
    ("components/login/waste/kustomization.yaml", "secretName: waste-login", "secretName: waste-logins"),
    ("components/login/waste/kustomization.yaml", "mountPath: /etc/talaia/login", "mountPath: /etc/talaia/logins"),
    ("components/login/waste/network.yaml", "port: 443", "port: 8443"),
    ("components/login/waste/network.yaml", "ipBlock: { cidr: 192.0.2.0/24 }", "namespaceSelector: {}"),
    ("overlays/only-waste/kustomization.yaml", "[../../base/waste]", "[../../base/waste, ../../base/alerts]"),
    ("overlays/only-waste/kustomization.yaml", "components/ingress/waste", "components/ingress/alerts"),
    ("overlays/only-waste/kustomization.yaml", "namespace: talaia\n", ""),
    ("overlays/only-waste/kustomization.yaml", "components:\n", "components:\n  - ../../components/default-deny\n"),
    ("overlays/only-waste/kustomization.yaml", "components:\n", "components:\n  - ../../components/strimzi/shared\n"),
    ("base/waste/kustomization.yaml", 'digest: "sha256:0', 'newTag: latest  # "sha256:0'),
    ("base/waste/kustomization.yaml", "newName: talaia-waste", "newName: talaia-alerts"),
    ("service/worker.yaml", "failureThreshold: 6", "failureThreshold: 1"),
    (
        "service/worker.yaml",
        "          image: talaia-service\n",
        "          image: talaia-service\n          imagePullPolicy: Never\n",
    ),
    ("service/worker.yaml", "whenUnsatisfiable: ScheduleAnyway", "whenUnsatisfiable: DoNotSchedule"),
    ("service/worker.yaml", "kubernetes.io/metadata.name: kube-system", "kubernetes.io/metadata.name: kube-sistem"),
    ("service/worker.yaml", "values: [talaia]", "values: [kafka]"),
    ("service/worker.yaml", "  policyTypes: [Ingress, Egress]", "  policyTypes: [Ingress]"),
    ("service/worker.yaml", "{ protocol: UDP, port: 53 }, ", ""),
    ("service/api.yaml", "  egress:\n", "  ingress: [{}]\n  egress:\n"),
    ("service/api.yaml", "failureThreshold: 90", "failureThreshold: 1"),
    (
        "service/api.yaml",
        "httpGet: { path: /healthz, port: http }\n            periodSeconds: 2",
        "httpGet: { path: /readyz, port: http }\n            periodSeconds: 2",
    ),
    ("service/api.yaml", "          lifecycle:\n            preStop: { sleep: { seconds: 5 } }\n", ""),
    ("service/api.yaml", "storage: 64Gi", "storage: 32Gi"),
    ("service/api.yaml", "accessModes: [ReadWriteOnce]", "accesModes: [ReadWriteOnce]"),
    (
        "components/ingress/waste/ingress.yaml",
        "kubernetes.io/metadata.name: ingress-nginx",
        "kubernetes.io/metadata.name: ingress-ngnix",
    ),
    ("components/ingress/waste/ingress.yaml", "policyTypes: [Ingress]", "policyTypes: [Egress]"),
    ("components/monitoring/network.yaml", "kubernetes.io/metadata.name: monitoring", "kubernetes.io/metadata.name: monitor"),
    ("components/monitoring/network.yaml", "values: [worker, api, ingest]", "values: [worker, api, ingest, cli]"),
    ("components/monitoring/kustomization.yaml", "network.yaml, ", ""),
    ("components/postgres/waste/kustomization.yaml", "resources: [network.yaml]\n", ""),
    (
        "components/postgres/waste/kustomization.yaml",
        "value: { name: view, emptyDir: { sizeLimit: 16Mi } }",
        "value: { name: view, emptyDir: {} }",
    ),
    ("components/postgres/waste/network.yaml", "kubernetes.io/metadata.name: postgres", "kubernetes.io/metadata.name: nowhere"),
    ("components/postgres/waste/network.yaml", "policyTypes: [Egress]", "policyTypes: [Ingress]"),
    ("components/login/waste/network.yaml", "192.0.2.0/24", "0.0.0.0/0"),
    ("components/default-deny/namespace.yaml", "enforce: restricted", "enforce: baseline"),
    ("components/broker/kafka.yaml", "deleteClaim: false", "deleteClaim: true"),
    ("components/broker/kafka.yaml", "type: persistent-claim, size: 100Gi, deleteClaim: false,", "type: ephemeral,"),
    ("components/broker/kafka.yaml", "    limits: { memory: 2Gi }\n", ""),
    ("components/broker/kafka.yaml", "          runAsNonRoot: true\n", ""),
    ("components/broker/kafka.yaml", "      initContainer: { securityContext: *restricted }\n", ""),
    ("components/broker/kafka.yaml", "      userOperatorContainer: { securityContext: *restricted }\n", ""),
    ("base/cli/cli.yaml", "            readOnlyRootFilesystem: true\n", ""),
    ("base/cli/cli.yaml", "port: 9093", "port: 8080"),
    ("base/cli/cli.yaml", "secret: { name: cli,", "secret: { name: admin,"),
    ("base/cli/cli.yaml", "optional: true", "optional: false"),
    ("base/cli/cli.toml", 'user = "cli"', 'user = "admin"'),
    ("overlays/platform/kustomization.yaml", "  - ../../components/strimzi/operator\n", ""),
    ("overlays/platform/kustomization.yaml", "resources: [../../base/cli]\n", ""),
]


def planted(text: str, right: str, wrong: str) -> str:
    assert right in text
    return text.replace(right, wrong)


@pytest.mark.parametrize(("file", "right", "wrong"), IN_COMPOSE, ids=range(len(IN_COMPOSE)))
def test_in_a_compose_file(file: str, right: str, wrong: str) -> None:
    def read(path: str) -> str:
        text = (ROOT / path).read_text()
        return planted(text, right, wrong) if path == file else text

    files = (MAIN, OWN_KAFKA) if file == OWN_KAFKA else (MAIN, POSTGRES, LOGIN)
    model = load(*files, read=read)
    assert [sentence for rule in compose.RULES for sentence in rule(model)] != []


@pytest.mark.parametrize(("right", "wrong"), IN_BROKER, ids=range(len(IN_BROKER)))
def test_in_the_settings_of_the_broker(right: str, wrong: str) -> None:
    assert list(broker_asks(planted((ROOT / "infra/kafka/server.properties").read_text(), right, wrong))) != []


def spoken(build: Build, tree: Path, file: str) -> list[str]:
    """What the rules say of an overlay that holds a file, and of a service of its own; else what kustomize says."""
    single = "only-waste" in file
    try:
        own = build(tree / "overlays/only-waste") if "waste" in file else []
        documents = standing(build, tree, "only-waste" if single else "production" if "postgres" in file else "small")
    except ValueError as error:
        return [str(error)]
    return [
        *(sentence for rule in manifest_rules.RULES for sentence in rule(documents)),
        *manifest_rules.alone(own),
        *manifest_rules.own(own, "waste"),
        *manifest_rules.processes(documents, ["waste"] if single else SERVICES),
    ]


@pytest.mark.parametrize(("file", "right", "wrong"), IN_MANIFESTS, ids=range(len(IN_MANIFESTS)))
def test_in_a_manifest(file: str, right: str, wrong: str, build: Build, tmp_path: Path) -> None:
    tree = shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    add_login(tree)
    (tree / file).write_text(planted((tree / file).read_text(), right, wrong))
    assert spoken(build, tree, file) != []

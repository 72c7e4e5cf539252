"""Checks the rendered chart: with Kubernetes's schemas, the operator's types, and the service's check of its configuration."""

import math, os, re, subprocess, sys, tempfile
import kubernetes_validate, yaml

KUBERNETES = ["1.27.0", "1.31.0", "1.34.0", "1.37.0"]
EXIT_AFTER = 2  # Main.GRACE: seconds from SHUTDOWN_TIMEOUT until the process exits in any case


def die(text):
    sys.exit(f"lint: {os.path.basename(path)}: {text}")


def service_config(deployment, config_map):
    """Runs check-config with the file and the variables of the pod, and with generated files for its secrets."""
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    with tempfile.TemporaryDirectory() as made:
        text = config_map["data"]["config.yaml"]
        for mounted in sorted(set(re.findall(r"/etc/luna-sender/([a-z]+)/", text))):
            folder = os.path.join(made, mounted)
            os.makedirs(folder)
            key, cert = os.path.join(folder, "tls.key"), os.path.join(folder, "tls.crt")
            quiet = dict(check=True, capture_output=True)
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-keyout", key, "-out", cert, "-subj", "/CN=lint", "-days", "30"], **quiet)
            for name in ["ca.crt", "current.pem"]:
                with open(cert) as one, open(os.path.join(folder, name), "w") as other:
                    other.write(one.read())
            with open(os.path.join(folder, "ticket.keys"), "wb") as out:
                out.write(os.urandom(2 * 48))
        for name in config_map["data"].keys() - {"config.yaml"}:
            with open(os.path.join(made, "config", name), "w") as out:
                out.write(config_map["data"][name])
        file = os.path.join(made, "config.yaml")
        with open(file, "w") as out:
            out.write(text.replace("/etc/luna-sender/", made + "/"))
        env = {"PATH": os.environ["PATH"]}
        for variable in container.get("env", []):
            name, mounted = variable["name"], variable["value"]
            env[name] = os.path.join(made, os.path.relpath(mounted, "/etc/luna-sender"))
            os.makedirs(os.path.dirname(env[name]), exist_ok=True)
            with open(env[name], "w") as out:
                # Headers and operators have formats of their own.
                out.write("X-Key=" * name.endswith("__HEADERS_FILE") + "lint read " * name.endswith("__TOKENS_FILE")
                          + "a-secret-of-more-than-32-bytes-for-lint\n")
        run = subprocess.run(["java", "-jar", jar, "check-config", "--config", file], env=env, capture_output=True, text=True)
        if run.returncode != 0:
            die("the service rejects its configuration:\n" + run.stderr + text)
        return yaml.safe_load(run.stdout)


def validate(thing):
    if thing["apiVersion"].startswith("monitoring.coreos.com/"):
        run = subprocess.run(["operator-check"], input=yaml.safe_dump(thing), capture_output=True, text=True)
        if run.returncode != 0:
            die(f"{thing['kind']}: {run.stderr}")
        return
    for version in KUBERNETES:
        try:
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.ValidationError as wrong:
            die(f"{thing['kind']} {thing['metadata']['name']}, Kubernetes {version}: {wrong}")


path, jar = sys.argv[1:]
with open(path) as rendered:
    things = [thing for thing in yaml.safe_load_all(rendered) if thing]
for thing in things:
    validate(thing)

by_kind = {thing["kind"]: thing for thing in things}
deployment = by_kind["Deployment"]
pod = deployment["spec"]["template"]["spec"]
config = service_config(deployment, next(t for t in things if t["kind"] == "ConfigMap" and "config.yaml" in t["data"]))
http = config["LUNA_SENDER_HTTP_SETTINGS"]

grace = pod["terminationGracePeriodSeconds"]
if grace <= math.ceil(http["SHUTDOWN_TIMEOUT"]) + EXIT_AFTER:
    die(f"terminationGracePeriodSeconds: {grace} (expected: more than SHUTDOWN_TIMEOUT + {EXIT_AFTER})")
container = pod["containers"][0]
if [port["containerPort"] for port in container["ports"]] != [http["PORT"]]:
    die(f"containerPort: {container['ports']} (expected: PORT, {http['PORT']})")
for probe in ["startupProbe", "livenessProbe", "readinessProbe"]:
    get = container[probe].get("httpGet")
    tls = http["TLS"]["ENABLED"] == 1
    if get is None and http["TLS"]["CLIENT_AUTH"] != "required":
        die(f"{probe}: not httpGet (expected: httpGet, because client certificates are not required)")
    if get is not None and get["scheme"] != ("HTTPS" if tls else "HTTP"):
        die(f"{probe}: {get['scheme']} (expected: that of the port)")
selector = deployment["spec"]["selector"]["matchLabels"].items()
if not selector <= deployment["spec"]["template"]["metadata"]["labels"].items():
    die("selector: does not match the pod's labels")
if by_kind["Service"]["spec"]["selector"].items() != selector:
    die("Service: selects other pods")
print(f"{os.path.basename(path)}: {len(things)} resources, Kubernetes {', '.join(KUBERNETES)}")

# SPDX-License-Identifier: Apache-2.0
"""ModelEndpoints and ModelServices, written down a second time and compared on random documents.

The weights follow the published algorithm literally, with fractions; addresses are taken apart by
Python's own URL parser, which is the one that the original uses.
"""
import ipaddress
import math
import random
import urllib.parse

from cli_support import main, test
from function_model import GROUP, RUNS, compare

WEIGHT_MAX = 1000000


def told(children, status, conditions, warning=None):
    return {"children": children, "status": status, "conditions": conditions,
            "events": [("Warning", warning)] if warning else []}


# ---- endpoints ----

def address(url):
    """(host, port) of a URL, or None."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port
        if "[" in parts.netloc:  # not looked at by earlier Pythons
            ipaddress.IPv6Address(host)
    except ValueError:
        return None
    if not host:
        return None
    return host, port or (443 if parts.scheme == "https" else 80)


def family(host):
    try:
        return f"IPv{ipaddress.ip_address(host).version}"
    except ValueError:
        return "FQDN"


def endpoint_model(request):
    parent = request["observed"]["composite"]["resource"]
    seen = request["observed"]["resources"]
    url, ns = parent["spec"]["url"], parent["metadata"]["namespace"]
    to = address(url)
    if not to:
        text = f"Invalid spec.url: {url}"
        return told({}, {}, {"RoutingReady": ("False", "InvalidURL", text)}, text)
    host, port = to
    service = seen.get("service", {}).get("resource", {}).get("metadata", {}).get("name")
    both = bool(service) and "endpointslice" in seen
    made = {"service": ({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": ns},
                         "spec": {"ports": [{"port": port, "protocol": "TCP"}]}},
                        "service" in seen)}
    if service:
        made["endpointslice"] = ({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"namespace": ns, "labels": {"kubernetes.io/service-name": service}},
            "addressType": family(host), "ports": [{"name": "", "port": port, "protocol": "TCP"}],
            "endpoints": [{"addresses": [host], "conditions": {"ready": True}}]}, both)
    return told(made, {"routing": {"backendName": service}} if both else {},
                {"RoutingReady": ("True", "BackendConfigured", "") if both else
                 ("False", "WaitingForBackend", "")})


def random_url(draw):
    scheme = draw.choice(("http://", "https://", "HTTPS://", "http:", "//", "", "ftp://", "h+1.x-y://",
                          "1x://", "a_b://", "+://", "http:/", "http:///"))
    host = draw.choice(("a", "API.Example.COM", "192.0.2.7", "[2001:db8::1]", "[::FFFF:192.0.2.1]",
                        "", "a.b-c.d", "1.2.3", "256.1.1.1", "[fe80::1", "[x]", "[1.2.3.4]", "[]", "x_y", "01.2.3.4"))
    user = draw.choice(("", "", "", "u@", "u:p@", "u@v@"))
    port = draw.choice(("", "", "", ":0", ":80", ":8443", ":65535", ":65536", ":", ":x", ":-1",
                        ":007", ":1 ", ":99999999999999999999"))
    path = draw.choice(("", "/", "/v1", "/a?b=c", "?q", "#f", "/a:9/b", "/a@b"))
    return scheme + user + host + port + path


def endpoint_request(draw):
    observed = {"composite": {"resource": {
        "apiVersion": GROUP, "kind": "ModelEndpoint",
        "metadata": {"name": "e", "namespace": "ns"}, "spec": {"url": random_url(draw)}}},
        "resources": {}}
    if draw.random() < .6:
        observed["resources"]["service"] = {"resource": {
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"namespace": "ns", **({"name": "s"} if draw.random() < .8 else {})}}}
    if draw.random() < .5:
        observed["resources"]["endpointslice"] = {"resource": {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": {"namespace": "ns", "name": "x"}}}
    return {"observed": observed}


# ---- services ----

def weights(groups):
    """Groups of (weight, endpoints), none of them empty: the weight of each endpoint, in order."""
    scale = max([1] + [math.ceil(n / w) for w, n in groups])
    out = []
    for w, n in groups:
        share, rest = divmod(w * scale, n)
        out += [share + 1] * rest + [share] * (n - rest)
    divisor = math.gcd(*out)
    out = [w // divisor for w in out]
    largest = max(out)
    if largest > WEIGHT_MAX:
        out = [max(1, round(w / largest * WEIGHT_MAX)) for w in out]
    return out


def service_model(request):
    parent = request["observed"]["composite"]["resource"]
    fetched = request["requiredResources"]
    ns, name = parent["metadata"]["namespace"], parent["metadata"]["name"]
    route = request["observed"]["resources"].get("httproute", {}).get("resource", {})
    groups, taken, waiting = [], set(), 0
    for i, entry in enumerate(parent["spec"]["endpoints"]):
        ready = []
        for item in fetched[f"endpoints-{i}"]["items"]:
            meta = item["resource"]["metadata"]
            if meta["namespace"] != ns or meta["name"] in taken:
                continue  # those of other namespaces cannot be reached
            taken.add(meta["name"])
            if item["resource"].get("status", {}).get("routing", {}).get("backendName"):
                ready.append(item["resource"])
            else:
                waiting += 1
        groups.append((entry.get("weight", 1), ready))
    if not taken:
        text = "No ModelEndpoints matched the configured selectors"
        return told({}, {}, {"EndpointsResolved": ("False", "NoEndpoints", text)}, text)
    groups = [g for g in groups if g[1]]
    backends = []
    shares = iter(weights([(w, len(r)) for w, r in groups]) if groups else ())
    for _, ready in groups:
        for endpoint in ready:
            backend = {"name": endpoint["status"]["routing"]["backendName"],
                       "port": address(endpoint["spec"]["url"])[1], "weight": next(shares)}
            if endpoint["spec"].get("rewritePath"):
                backend["filters"] = [{"type": "URLRewrite", "urlRewrite": {"path": {
                    "type": "ReplacePrefixMatch",
                    "replacePrefixMatch": endpoint["spec"]["rewritePath"]}}}]
            backends.append(backend)
    rule = {"matches": [{"path": {"type": "PathPrefix", "value": f"/{ns}/{name}/"}}]}
    if backends:
        rule["backendRefs"] = backends
    accepted = any(c["type"] == "Accepted" and c["status"] == "True"
                   for p in route.get("status", {}).get("parents", []) for c in p["conditions"])
    done = accepted and bool(backends)
    made = {"httproute": ({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
                           "metadata": {"namespace": ns},
                           "spec": {"parentRefs": [{"name": "modelplane",
                                                    "namespace": "modelplane-system"}],
                                    "rules": [rule]}}, done)}
    gateways = fetched["inference-gateway"].get("items", [])
    to = gateways[0]["resource"].get("status", {}).get("address") if gateways else None
    message = f"Matched {len(taken)} endpoint(s)" + (
        f"; {waiting} waiting for Backend" if waiting else "")
    return told(made, {"address": f"http://{to}/{ns}/{name}"} if to else {},
                {"EndpointsResolved": ("True", "Resolved", message),
                 "RoutingReady": ("True", "RouteConfigured", "") if done else
                 ("False", "Configuring", "")})


def random_weight(draw):
    return draw.choice((1, 1, 2, 3, 5, 20, 80, 95, 100, 999999, WEIGHT_MAX,
                        draw.randint(1, WEIGHT_MAX)))


def random_endpoint(draw, i):
    spec = {"url": draw.choice(("http://192.0.2.1/x/v1", "https://api.example/", "http://h:8443/"))}
    if draw.random() < .7:
        spec["rewritePath"] = draw.choice(("/", "/ns/r/", ""))
    endpoint = {"apiVersion": GROUP, "kind": "ModelEndpoint", "spec": spec,
                "metadata": {"name": f"e{i}", "namespace": draw.choice(("ns", "ns", "ns", "other"))}}
    if draw.random() < .75:
        endpoint["status"] = {"routing": {"backendName": f"b{i}"}}
    return endpoint


def service_request(draw):
    endpoints = [random_endpoint(draw, i) for i in range(draw.randint(0, 8))]
    entries, fetched = [], {}
    for i in range(draw.randint(1, 4)):
        entry = {"selector": {"matchLabels": {"app": str(i)}}}
        if draw.random() < .8:
            entry["weight"] = random_weight(draw)
        entries.append(entry)
        some = [e for e in endpoints if draw.random() < .5]
        draw.shuffle(some)
        fetched[f"endpoints-{i}"] = {"items": [{"resource": e} for e in some]}
    gateway = {"apiVersion": GROUP, "kind": "InferenceGateway", "metadata": {"name": "default"},
               "spec": {}}
    if draw.random() < .7:
        gateway["status"] = {"address": "198.51.100.9"}
    fetched["inference-gateway"] = {"items": [{"resource": gateway}] if draw.random() < .8 else []}
    observed = {}
    if draw.random() < .6:
        observed["httproute"] = {"resource": {
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": "r", "namespace": "ns"}, "status": {"parents": [
                {"conditions": [{"type": draw.choice(("Accepted", "Accepted", "ResolvedRefs")),
                                 "status": draw.choice(("True", "True", "False"))}]}
                for _ in range(draw.randint(0, 2))]}}}
    return {"observed": {"composite": {"resource": {
        "apiVersion": GROUP, "kind": "ModelService", "metadata": {"name": "s", "namespace": "ns"},
        "spec": {"endpoints": entries}}}, "resources": observed}, "requiredResources": fetched}


# ---- both ----

@test
def endpoints():
    """random ModelEndpoints become what a second reading of the rules makes of them"""
    compare(endpoint_model, [endpoint_request(random.Random(s)) for s in range(RUNS)])


@test
def services():
    """random ModelServices, with weights by the published algorithm"""
    compare(service_model, [service_request(random.Random(s)) for s in range(RUNS)])


main()

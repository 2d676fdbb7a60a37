//! PowerDNS: a zone made over the API, and one name that is two addresses, inside and outside.

use serde_json::json;

#[test]
fn a_name_resolves_differently_inside_and_outside() {
    let mut dns = testkit::need!(testkit::powerdns());
    let zone = json!({"name": "home.test.", "kind": "Native", "nameservers": ["ns1.home.test."]});
    let (status, answer) = dns.api().json("POST", "/api/v1/servers/localhost/zones", Some(&zone));
    assert_eq!(status, 201, "{answer}");
    let split = ";if netmask({'127.0.0.1/32'}) then return {'10.0.0.5'} else return {'203.0.113.5'} end";
    let sets = json!({"rrsets": [
        {"name": "www.home.test.", "type": "LUA", "ttl": 60, "changetype": "REPLACE",
         "records": [{"content": format!("A \"{split}\""), "disabled": false}]},
        {"name": "ns1.home.test.", "type": "A", "ttl": 60, "changetype": "REPLACE",
         "records": [{"content": "10.0.0.2", "disabled": false}]},
    ]});
    let (status, answer) = dns.api().json("PATCH", "/api/v1/servers/localhost/zones/home.test.", Some(&sets));
    assert_eq!(status, 204, "{answer}");
    dns.forward("home.test");
    assert_eq!(dns.inside("ns1.home.test", "A"), "10.0.0.2");
    assert_eq!(dns.inside("www.home.test", "A"), "10.0.0.5");
    assert_eq!(dns.outside("www.home.test", "A"), "203.0.113.5");
    assert_eq!(dns.outside("nothing.home.test", "A"), "");
}

#[test]
fn the_api_wants_its_key() {
    let dns = testkit::need!(testkit::powerdns());
    let mut stranger = dns.api().clone();
    stranger.headers.clear();
    assert_eq!(stranger.text("GET", "/api/v1/servers", None).0, 401);
    assert_eq!(dns.api().text("GET", "/api/v1/servers", None).0, 200);
}

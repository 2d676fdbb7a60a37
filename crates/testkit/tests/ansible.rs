//! Ansible: a playbook with a community module changes a real host once, and not a second time.

#[test]
fn a_playbook_changes_a_host_once() {
    let ansible = testkit::need!(testkit::ansible());
    let hosts = testkit::need!(testkit::hosts(1));
    let host = hosts.first().expect("one host");
    let folder = tempfile::tempdir().expect("a folder");
    let (inventory, playbook) = (folder.path().join("hosts.yml"), folder.path().join("site.yml"));
    let line = format!(
        "all: {{hosts: {{{}: {{ansible_host: {}, ansible_user: deploy, ansible_ssh_private_key_file: {}}}}}}}\n",
        host.name(),
        host.address(),
        host.key().display()
    );
    std::fs::write(&inventory, line).expect("written");
    let tasks = "- hosts: all\n  become: true\n  tasks:\n    - community.general.ini_file:\n        {path: /etc/app.ini, section: web, option: port, value: '8080'}\n";
    std::fs::write(&playbook, tasks).expect("written");
    let args = ["-i", inventory.to_str().expect("plain"), playbook.to_str().expect("plain")];
    assert!(ansible.run("ansible-playbook", &args).contains("changed=1"));
    assert!(ansible.run("ansible-playbook", &args).contains("changed=0"));
    assert_eq!(host.ssh("root", "grep . /etc/app.ini").replace(' ', ""), "[web]\nport=8080");
}

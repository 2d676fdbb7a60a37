//! S3: a bucket, an object, and no entry with a wrong key.

#[test]
fn an_object_is_put_and_got() {
    let s3 = testkit::need!(testkit::s3());
    assert_eq!(s3.request("PUT", "/backups", None).0, 200);
    let file = s3.folder().join("../object");
    std::fs::write(&file, "kept").expect("written");
    let (status, said) = s3.request("PUT", "/backups/a/b.txt", Some(&file));
    assert_eq!(status, 200, "{said}");
    assert_eq!(s3.request("GET", "/backups/a/b.txt", None), (200, "kept".to_owned()));
    assert!(s3.request("GET", "/backups?list-type=2", None).1.contains("<Key>a/b.txt</Key>"));
    assert_eq!(s3.request_as("wrong", "GET", "/backups/a/b.txt", None).0, 403);
}

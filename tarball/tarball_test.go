package tarball

import "testing"

func TestRoundTrip(t *testing.T) {
	data, err := Pack([]File{{Path: "package.json", Data: []byte(`{"name":"a"}`)}, {Path: "bin/x.js", Mode: 0o755, Data: []byte("#!")}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Extract(t.Context(), data, t.TempDir(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Path != "bin/x.js" || got[0].Mode != 0o755 {
		t.Fatalf("entries %v", got)
	}
	m, err := Manifest(data)
	if err != nil || string(m) != `{"name":"a"}` {
		t.Fatalf("manifest %q, %v", m, err)
	}
}

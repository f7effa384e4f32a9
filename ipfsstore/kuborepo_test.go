package ipfsstore

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/internal/kubotest"
)

func repoOf(t testing.TB, path string) *KuboRepoSource {
	t.Helper()
	repo, ok := KuboRepo(path)
	if !ok {
		t.Fatalf("%s is no repository that can be read", path)
	}
	return repo
}

// TestKuboRepoOutlivesItsDaemon reads a block after the daemon has gone, offline,
// and once more after Kubo's file has gone too.
func TestKuboRepoOutlivesItsDaemon(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{})
	c := newContent()
	id := c.add(t, randomBytes(8, 5000))
	filled(t, kuboOf(t, node.API, KuboOptions{Offline: true}), c)
	repo := repoOf(t, node.RepoPath)
	port := path.Base(node.API)
	for _, same := range []string{node.API, "127.0.0.1:" + port, "http://localhost:" + port + "/"} {
		if !repo.Serves(same) {
			t.Errorf("%s is not taken for the daemon's own address", same)
		}
	}
	if repo.Serves("/ip4/127.0.0.1/tcp/1") {
		t.Error("another port is taken for the daemon's own address")
	}
	node.Kill()
	s := openStore(t, Options{Sources: []Source{repo}, Offline: true})
	for range 2 {
		got, err := s.File(testContext(t), Ref{CID: id})
		if err != nil || !bytes.Equal(got, c.blocks[id.String()]) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		if err := os.Remove(repo.file(id)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// TestKuboRepoIsNotBelieved damages a block in the repository.
func TestKuboRepoIsNotBelieved(t *testing.T) {
	dir, id := t.TempDir(), rawCID([]byte("content"))
	writeSpec(t, dir, `{"mounts":[{"mountpoint":"/blocks","path":"blocks","shardFunc":"`+flatfsShards+`","type":"flatfs"}]}`)
	repo := repoOf(t, dir)
	if err := os.MkdirAll(filepath.Dir(repo.file(id)), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{[]byte("Content"), nil, make([]byte, MaxBlock+1)} {
		if err := os.WriteFile(repo.file(id), data, 0o644); err != nil {
			t.Fatal(err)
		}
		s := openStore(t, Options{Sources: []Source{repo}})
		if _, err := s.File(testContext(t), Ref{CID: id}); err == nil || s.Has(id) {
			t.Errorf("%d wrong bytes were taken: %v", len(data), err)
		}
	}
}

// TestKuboRepoElsewise wants repositories of another shape left alone.
func TestKuboRepoElsewise(t *testing.T) {
	for _, spec := range []string{
		"", "{", `{"mounts":[]}`,
		`{"path":"pebbleds","type":"pebbleds"}`,
		`{"mounts":[{"mountpoint":"/blocks","path":"blocks","shardFunc":"/repo/flatfs/shard/v1/prefix/2","type":"flatfs"}]}`,
		`{"mounts":[{"mountpoint":"/blocks","path":"../blocks","shardFunc":"` + flatfsShards + `","type":"flatfs"}]}`,
	} {
		dir := t.TempDir()
		writeSpec(t, dir, spec)
		if _, ok := KuboRepo(dir); ok {
			t.Errorf("%s is read", spec)
		}
	}
	if _, ok := KuboRepo(filepath.Join(t.TempDir(), "nothing")); ok {
		t.Error("a folder that is not there is read")
	}
}

func writeSpec(t *testing.T, dir, spec string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "datastore_spec"), []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
}

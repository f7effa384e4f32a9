package ipfsstore

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// probeTime bounds [FindKubo]: a live daemon answers in a millisecond, and in
// some hundreds on a machine that has more to do than it can.
const probeTime = time.Second

// FindKubo reads the RPC address that a running daemon leaves in the file
// "api" of its repository (repoPath, the user's $IPFS_PATH or ~/.ipfs) and
// probes it: the file outlives a daemon that was killed, and its port may
// belong to another program by now. ok is false when nothing answers as a
// Kubo within a second.
func FindKubo(repoPath string) (addr string, ok bool) {
	data, err := os.ReadFile(filepath.Join(repoPath, "api"))
	if err != nil || len(data) > 1024 {
		return "", false
	}
	addr = strings.TrimSpace(string(data))
	k, err := Kubo(addr, KuboOptions{Wait: probeTime})
	if err != nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	version, err := k.Version(ctx)
	return addr, err == nil && version != ""
}

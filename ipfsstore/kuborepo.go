package ipfsstore

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// KuboRepoSource reads the blocks of a Kubo repository on this machine from its
// files, whether its daemon runs or not: a tenth of the time that the daemon
// takes to hand them over, and none of its CPU. It never writes, and takes no
// lock, so that it may meet a block that is just being collected: that one is
// absent. It is a [LocalSource].
type KuboRepoSource struct {
	path string
	disk blockDir
}

// flatfsShards is the one layout that is read, Kubo's default, see [kuboShard].
const flatfsShards = "/repo/flatfs/shard/v1/next-to-last/2"

// KuboRepo makes a source of the repository at path ($IPFS_PATH). ok is false
// when there is none, or when it keeps its blocks otherwise than Kubo does by
// default, in pebble or badger for one.
func KuboRepo(path string) (s *KuboRepoSource, ok bool) {
	data, err := os.ReadFile(filepath.Join(path, "datastore_spec"))
	if err != nil || len(data) > 1<<16 {
		return nil, false
	}
	var spec struct {
		Mounts []struct{ Mountpoint, Path, ShardFunc, Type string }
	}
	if json.Unmarshal(data, &spec) != nil {
		return nil, false
	}
	for _, m := range spec.Mounts {
		if m.Mountpoint == "/blocks" && m.Type == "flatfs" && m.ShardFunc == flatfsShards && filepath.IsLocal(m.Path) {
			return &KuboRepoSource{path: path, disk: blockDir{filepath.Join(path, m.Path), kuboShard}}, true
		}
	}
	return nil, false
}

// Serves tells whether the daemon that answers at addr, see [Kubo], says in the
// repository that it is this one's.
func (k *KuboRepoSource) Serves(addr string) bool {
	data, err := os.ReadFile(filepath.Join(k.path, "api"))
	return err == nil && rpcEndpoint(string(data)) == rpcEndpoint(addr)
}

// rpcEndpoint brings the ways to write an RPC's address into one form.
func rpcEndpoint(addr string) string {
	addr = strings.TrimRight(strings.TrimSpace(addr), "/")
	if part := strings.Split(addr, "/"); len(part) >= 5 && part[0] == "" && part[3] == "tcp" {
		addr = net.JoinHostPort(part[2], part[4])
	}
	addr = strings.TrimPrefix(addr, "http://")
	if port, ok := strings.CutPrefix(addr, "localhost:"); ok {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}

// Name is "Kubo's repository <path>".
func (k *KuboRepoSource) Name() string { return "Kubo's repository " + k.path }

// Local is true.
func (k *KuboRepoSource) Local() bool { return true }

// Blocks implements [Source].
func (k *KuboRepoSource) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	return inParallel(ctx, cids, func(c cid.Cid) error {
		data, _, err := dirat.ReadFile(k.disk.path(c), MaxBlock)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := blocks.NewBlockWithCid(data, c)
		if err != nil {
			return err
		}
		return yield(b)
	})
}

// Record knows none: Kubo keeps records in another store.
func (k *KuboRepoSource) Record(context.Context, ipns.Name) ([]byte, error) { return nil, ErrNotFound }

// file is where the block's bytes are. Kubo never writes to such a file again.
func (k *KuboRepoSource) file(c cid.Cid) string { return k.disk.path(c) }

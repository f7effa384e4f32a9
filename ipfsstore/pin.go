package ipfsstore

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/ipfs/go-cid"
	shell "github.com/ipfs/go-ipfs-api"
)

// Pin keeps a DAG, which the daemon has, from its garbage collection, under a
// name that `ipfs pin ls --names` shows.
func (k *KuboSource) Pin(ctx context.Context, root cid.Cid, name string) error {
	return k.exec(ctx, k.shell.Request("pin/add", root.String()).Option("name", name), nil)
}

// Unpin takes that back. [ErrNotFound] when the root was not pinned.
func (k *KuboSource) Unpin(ctx context.Context, root cid.Cid) error {
	err := k.exec(ctx, k.shell.Request("pin/rm", root.String()), nil)
	var rpc *shell.Error
	if errors.As(err, &rpc) && rpc.Message == "not pinned or pinned indirectly" {
		return ErrNotFound
	}
	return err
}

// PinRemote asks a pinning service that the daemon's owner has set up (`ipfs pin
// remote service add`) to fetch a DAG, from the daemon for one, and to keep it.
// It does not wait for that: status is what the service says ("queued",
// "pinning", "pinned").
func (k *KuboSource) PinRemote(ctx context.Context, service string, root cid.Cid, name string) (status string, err error) {
	var out struct{ Status string }
	err = k.exec(ctx, k.shell.Request("pin/remote/add", root.String()).
		Option("service", service).Option("name", name).Option("background", true), &out)
	return out.Status, err
}

// UnpinRemote takes that back, however far the service has come. The states are
// asked for one by one: as a list the daemon takes them only from its own command.
func (k *KuboSource) UnpinRemote(ctx context.Context, service string, root cid.Cid) error {
	for _, status := range []string{"queued", "pinning", "pinned", "failed"} {
		err := k.exec(ctx, k.shell.Request("pin/remote/rm").
			Option("service", service).Option("cid", root.String()).Option("status", status).Option("force", true), nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// Holds tells whether the daemon has a block itself.
func (k *KuboSource) Holds(ctx context.Context, c cid.Cid) (bool, error) {
	err := k.exec(ctx, k.shell.Request("block/stat", c.String()).Option("offline", true), nil)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Providers asks the routing system who has a block, for at most so many peers.
func (k *KuboSource) Providers(ctx context.Context, c cid.Cid, most int) ([]string, error) {
	st := newStep(ctx, k.opt.Wait)
	defer st.end()
	resp, err := k.shell.Request("routing/findprovs", c.String()).Option("num-providers", most).Send(st.ctx)
	if err != nil {
		return nil, st.cause(err)
	}
	defer resp.Close()
	if resp.Error != nil {
		return nil, rpcError(resp.Error)
	}
	return providersIn(resp.Output)
}

// providersIn reads the events of findprovs; those of type 4 name providers.
func providersIn(r io.Reader) ([]string, error) {
	const provider = 4
	seen := map[string]bool{}
	var out []string
	for d := json.NewDecoder(r); ; {
		var event struct {
			Type      int
			Responses []struct{ ID string }
		}
		err := d.Decode(&event)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		for _, p := range event.Responses {
			if event.Type == provider && !seen[p.ID] {
				seen[p.ID] = true
				out = append(out, p.ID)
			}
		}
	}
}

// CollectGarbage has the daemon remove every block that is not pinned, and
// returns how many bytes smaller its repository is.
func (k *KuboSource) CollectGarbage(ctx context.Context) (freed int64, err error) {
	before, err := k.repoSize(ctx)
	if err != nil {
		return 0, err
	}
	resp, err := k.shell.Request("repo/gc").Option("quiet", true).Send(ctx)
	if err != nil {
		return 0, err
	}
	defer resp.Close()
	if resp.Error != nil {
		return 0, resp.Error
	}
	if _, err := io.Copy(io.Discard, resp.Output); err != nil {
		return 0, err
	}
	after, err := k.repoSize(ctx)
	return max(before-after, 0), err
}

func (k *KuboSource) repoSize(ctx context.Context) (int64, error) {
	var out struct{ RepoSize int64 }
	err := k.exec(ctx, k.shell.Request("repo/stat").Option("size-only", true), &out)
	return out.RepoSize, err
}

// Holds tells whether the gateway has a block at hand: asked for what is cached
// alone, it does not go and look for it.
func (g *GatewaySource) Holds(ctx context.Context, c cid.Cid) (bool, error) {
	if err := g.slots.take(ctx); err != nil {
		return false, err
	}
	defer g.slots.free()
	st := newStep(ctx, g.opt.Wait)
	defer st.end()
	req, err := http.NewRequestWithContext(st.ctx, http.MethodHead, g.base.String()+"/ipfs/"+c.String()+"?format=raw", nil)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "application/vnd.ipld.raw")
	req.Header.Set("Cache-Control", "only-if-cached")
	resp, err := g.client.Do(req)
	if err != nil {
		return false, st.cause(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK, nil
}

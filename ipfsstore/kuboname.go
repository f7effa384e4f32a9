package ipfsstore

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/ipfs/boxo/files"
	"github.com/ipfs/boxo/ipns"
	"github.com/ipfs/go-cid"
	shell "github.com/ipfs/go-ipfs-api"
)

// Record implements [Source] by name/get, which asks the routing system for
// the signed record and so bypasses the cache of Kubo's resolver. A Kubo
// without that command is asked by routing/get; one started with --offline
// refuses both and is asked through its gateway, which reads the same
// datastore.
func (k *KuboSource) Record(ctx context.Context, name ipns.Name) ([]byte, error) {
	data, err := k.bytes(ctx, k.shell.Request("name/get", name.String()).Option("offline", k.opt.Offline), ipns.MaxRecordSize)
	var rpc *shell.Error
	switch {
	case err == nil || !errors.As(err, &rpc):
		return data, err
	case rpc.Message == "command not found":
		return k.routingRecord(ctx, name)
	case strings.Contains(rpc.Message, "online mode"):
		return k.gatewayRecord(ctx, name)
	}
	return nil, err
}

func (k *KuboSource) routingRecord(ctx context.Context, name ipns.Name) ([]byte, error) {
	data, err := k.bytes(ctx, k.shell.Request("routing/get", "/ipns/"+name.String()).Option("offline", k.opt.Offline), 4*ipns.MaxRecordSize)
	if err != nil {
		return nil, err
	}
	var event struct{ Extra string }
	if err := json.Unmarshal(data, &event); err != nil {
		return nil, fmt.Errorf("routing/get: %w", err)
	}
	return base64.StdEncoding.DecodeString(event.Extra)
}

func (k *KuboSource) gatewayRecord(ctx context.Context, name ipns.Name) ([]byte, error) {
	base, err := k.GatewayURL(ctx)
	if err != nil {
		return nil, err
	}
	g, err := Gateway(base, GatewayOptions{Wait: k.opt.Wait, Retries: -1})
	if err != nil {
		return nil, err
	}
	return g.Record(ctx, name)
}

// GatewayURL is the URL of the daemon's own gateway: the RPC's host with the
// configured port.
func (k *KuboSource) GatewayURL(ctx context.Context) (string, error) {
	var out struct{ Value any }
	if err := k.exec(ctx, k.shell.Request("config", "Addresses.Gateway"), &out); err != nil {
		return "", err
	}
	value := out.Value
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	text, _ := value.(string)
	_, port, ok := strings.Cut(text, "/tcp/")
	if !ok {
		return "", fmt.Errorf("daemon is offline and its gateway %q has no port: %w", text, ErrNotFound)
	}
	return "http://" + net.JoinHostPort(k.host(), port), nil
}

func (k *KuboSource) host() string {
	if u, err := url.Parse(k.addr); err == nil && u.Host != "" {
		return u.Hostname()
	}
	if host, _, err := net.SplitHostPort(k.addr); err == nil {
		return host
	}
	if parts := strings.Split(k.addr, "/"); len(parts) > 2 && parts[1] != "unix" {
		return parts[2]
	}
	return "127.0.0.1"
}

// PutRecord implements [RecordPutter] by name/put, or routing/put on a Kubo
// without it. An offline daemon keeps the record for its own resolver.
func (k *KuboSource) PutRecord(ctx context.Context, name ipns.Name, record []byte) error {
	put := func(command, arg string) error {
		body := files.NewMultiFileReader(files.NewSliceDirectory([]files.DirEntry{
			files.FileEntry("record", files.NewBytesFile(record)),
		}), true, false)
		req := k.shell.Request(command, arg).Option("allow-offline", true).Body(body)
		return k.exec(ctx, req, nil)
	}
	err := put("name/put", name.String())
	var rpc *shell.Error
	if errors.As(err, &rpc) && rpc.Message == "command not found" {
		return put("routing/put", "/ipns/"+name.String())
	}
	return err
}

// PublishKey signs and publishes root with a key of Kubo's own keystore, which
// Kubo then republishes as long as it runs. lifetime and ttl of zero are
// Kubo's defaults (48 h, 5 min). It returns the IPNS name.
func (k *KuboSource) PublishKey(ctx context.Context, key string, root cid.Cid, lifetime, ttl time.Duration) (string, error) {
	req := k.shell.Request("name/publish", "/ipfs/"+root.String()).
		Option("key", key).Option("ipns-base", "base36").
		Option("resolve", false).Option("allow-offline", true)
	if lifetime > 0 {
		req = req.Option("lifetime", lifetime.String())
	}
	if ttl > 0 {
		req = req.Option("ttl", ttl.String())
	}
	var out struct{ Name string }
	err := k.exec(ctx, req, &out)
	return strings.TrimPrefix(out.Name, "/ipns/"), err
}

// Keys lists the keys of Kubo's keystore: name to IPNS name.
func (k *KuboSource) Keys(ctx context.Context) (map[string]string, error) {
	var out struct{ Keys []struct{ Name, ID string } }
	req := k.shell.Request("key/list").Option("l", true).Option("ipns-base", "base36")
	if err := k.exec(ctx, req, &out); err != nil {
		return nil, err
	}
	keys := make(map[string]string, len(out.Keys))
	for _, key := range out.Keys {
		keys[key.Name] = key.ID
	}
	return keys, nil
}

package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ipfs/boxo/ipns"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// RecordProtocol is the stream on which a peer is asked for an IPNS record: the
// name's multihash and the end of the stream one way, the signed record and the
// end the other. A peer that has none answers with nothing.
const RecordProtocol = "/ipnpm/ipns-record/1.0.0"

const (
	// maxName bounds the multihash of a name; that of an Ed25519 key takes 38 bytes.
	maxName = 64
	// recordTime bounds one exchange.
	recordTime = 3 * time.Second
	// recordGrace is how long a newer record is waited for after the first.
	recordGrace = 200 * time.Millisecond
)

// serveRecord answers on the server's end.
func serveRecord(h Holdings) network.StreamHandler {
	return func(s network.Stream) {
		defer s.Close()
		_ = s.SetDeadline(time.Now().Add(recordTime))
		name, err := readName(s)
		if err != nil {
			_ = s.Reset()
			return
		}
		if rec, err := h.HeldRecord(name); err == nil {
			_, _ = s.Write(rec.Bytes)
		}
	}
}

func readName(r io.Reader) (ipns.Name, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxName+1))
	if err != nil || len(raw) > maxName {
		return ipns.Name{}, errors.Join(err, errors.New("no IPNS name"))
	}
	id, err := peer.IDFromBytes(raw)
	if err != nil {
		return ipns.Name{}, err
	}
	return ipns.NameFromPeer(id), nil
}

// askRecord asks one peer, and verifies what it says.
func askRecord(ctx context.Context, h host.Host, id peer.ID, name ipns.Name) (ipfsstore.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	s, err := h.NewStream(ctx, id, RecordProtocol)
	if err != nil {
		return ipfsstore.Record{}, err
	}
	defer s.Reset() //nolint:errcheck // after the last byte it does nothing
	if deadline, ok := ctx.Deadline(); ok {
		_ = s.SetDeadline(deadline)
	}
	if _, err := s.Write([]byte(name.Peer())); err != nil {
		return ipfsstore.Record{}, err
	}
	if err := s.CloseWrite(); err != nil {
		return ipfsstore.Record{}, err
	}
	data, err := io.ReadAll(io.LimitReader(s, int64(ipns.MaxRecordSize)+1))
	switch {
	case err != nil:
		return ipfsstore.Record{}, err
	case len(data) == 0:
		return ipfsstore.Record{}, ipfsstore.ErrNotFound
	case len(data) > ipns.MaxRecordSize:
		err = fmt.Errorf("more than %d bytes", ipns.MaxRecordSize)
	default:
		var rec ipfsstore.Record
		if rec, err = ipfsstore.ParseRecord(name, data); err == nil {
			return rec, nil
		}
	}
	return ipfsstore.Record{}, &ipfsstore.RecordError{Name: name.String(), Source: id.String(), Err: err}
}

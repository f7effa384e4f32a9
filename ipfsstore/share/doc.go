// Package share hands on what a machine holds: within limits, counted, and over
// HTTP. It is the half of `ipnpm serve` that is no libp2p; ipfsstore/node is the
// other.
//
// A [Share] is a store as seen through the limits. Each protocol has an [Outlet]
// of it, which is what ipfsstore/node asks too: so one bandwidth and one day's
// quota hold for all of them together, and the metrics tell them apart. What is
// beyond the quota is absent, as far as others can see.
//
// Over HTTP ([Share.Handler]) there are
//
//	/ipfs/{cid}                    a block (raw) or a DAG (car), by ?format= or Accept
//	/ipfs/{cid}/{path}             the DAG there and the way to it (car), through
//	                               directories of one block each
//	/ipns/{name}                   the signed IPNS record
//	/routing/v1/ipns/{name}        the same, as delegated routing has it
//	/routing/v1/providers/{cid}    this machine, where it holds the block
//	/metrics                       Prometheus's text format
//
// as the specifications have them (https://specs.ipfs.tech/http-gateways/trustless-gateway/,
// https://specs.ipfs.tech/routing/http-routing-v1/). Only what the asker can
// verify is served: no files, no pages. Nothing is fetched for the asker.
//
// The handler is not boxo's: package gateway of boxo 0.43 hashes the pages that
// it embeds while it is initialised, which took 20 ms and more of every command,
// of whose fastest that is more than half. Tests hold the answers here equal to
// boxo's.
//
// Who can reach the gateway can read every block whose CID he knows, of private
// packages too. A web page must not be among them: where the gateway listens on
// loopback alone, a request that names another host is refused, so that no name
// which a page's owner points at 127.0.0.1 gets through.
package share

package config

// nodeKeys are those of the embedded node.
func nodeKeys() []Key {
	return []Key{
		{Name: "ipfs-lan", Type: TypeBool, Default: "true", Own: true,
			Description: "Whether to look on the local network for machines that share packages (`ipnpm serve`), under `ipfs=auto` and `ipfs=embedded`. They are asked for what no other source has, and see what they are asked for. For an https registry they come after the registry itself."},
		{Name: "ipfs-peers", Type: TypeList, Comma: true, Own: true,
			Description: "Machines to ask directly, on whatever network, as `ipnpm serve` prints them: `/ip4/10.0.0.2/tcp/4801/p2p/12D3…`. A Kubo's address will do as well."},
		{Name: "ipfs-dht", Type: TypeBool, Default: "false", Own: true,
			Description: "Whether the embedded node looks in a distributed hash table for machines that have what the others lack, and for IPNS records. Whoever answers a lookup learns which CID was asked for. When nobody was found for three blocks in a row, no further ones are looked up."},
		{Name: "ipfs-dht-bootstrap", Type: TypeList, Comma: true, Own: true,
			Description: "Machines through which the DHT is entered, as addresses of peers; a DHT of one's own is chosen by them. None: IPFS's public one."},
		{Name: "ipfs-quic", Type: TypeBool, Default: "false", Own: true,
			Description: "Whether the embedded node also speaks QUIC (UDP)."},
	}
}

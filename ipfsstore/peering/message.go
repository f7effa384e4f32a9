package peering

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// What the parts of a message may have: the head of the largest question lists
// some hundred thousand CIDs, and no block of bitswap is larger than 2 MiB.
const (
	maxHead = 64 << 20
	maxData = 4 << 20
)

// send writes a message: a head as JSON and data as it is, the length of each as
// a varint before it. encoding/gob would do, but costs whoever starts a command a
// millisecond.
func send(w io.Writer, head any, data []byte) error {
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	message := make([]byte, 0, 2*binary.MaxVarintLen64+len(text)+len(data))
	message = append(binary.AppendUvarint(message, uint64(len(text))), text...)
	message = append(binary.AppendUvarint(message, uint64(len(data))), data...)
	_, err = w.Write(message)
	return err
}

// receive reads a message.
func receive(r *bufio.Reader, head any) (data []byte, err error) {
	text, err := part(r, maxHead)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, head); err != nil {
		return nil, err
	}
	return part(r, maxData)
}

// part reads one part of a message.
func part(r *bufio.Reader, most uint64) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return nil, err
	}
	if n > most {
		return nil, fmt.Errorf("a message of %d bytes, more than %d", n, most)
	}
	data := make([]byte, n)
	_, err = io.ReadFull(r, data)
	return data, err
}

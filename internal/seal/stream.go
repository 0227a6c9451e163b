package seal

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// ChunkSize is how much of a stream is sealed at a time, in bytes.
const ChunkSize = 64 << 10

const (
	streamSalt = 32
	streamHead = 1 + streamSalt
)

// StreamSize returns the size in bytes of a stream of n plain bytes after [SealStream].
func StreamSize(n int64) int64 {
	chunks := (n + ChunkSize - 1) / ChunkSize
	return streamHead + n + max(chunks, 1)*tagSize
}

// chunker holds the cipher of one stream and its counter. The nonce is the counter as 11 bytes, then 1
// for the last chunk and 0 for the others (the STREAM construction of Hoang, Reyhanitabar, Rogaway and
// Vizár), so a chunk opens only in its place and only the last as the last.
type chunker struct {
	aead cipher.AEAD
	next uint64
}

func newChunker(key Key, aad, salt []byte) (*chunker, bool) {
	var derived []byte
	info := frame.Join([]byte(streamInfo), aad)
	if !key.s.use(func(b []byte) { derived = expand(b, salt, info) }) {
		return nil, false
	}
	defer clear(derived)
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic("seal: aes: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: gcm: " + err.Error())
	}
	return &chunker{aead: aead}, true
}

func (c *chunker) nonce(last bool) []byte {
	n := make([]byte, nonceSize)
	binary.BigEndian.PutUint64(n[3:11], c.next)
	c.next++
	if last {
		n[11] = 1
	}
	return n
}

type streamWriter struct {
	w      io.Writer
	chunk  *chunker
	plain  []byte // what waits; never more than ChunkSize
	out    []byte
	err    error
	closed bool
}

// SealStream returns a writer that seals what is written to it under key and aad, in constant memory, and
// passes it on to w. Close seals the last chunk and does not close w; without it the stream does not open.
// It panics if the key is empty.
//
// SealStream, Write and Close fail with the errors of w, and Write after Close with [fault.Internal].
//
// Spec: spec/keys.md section 2.5.
func SealStream(key Key, aad []byte, w io.Writer) (io.WriteCloser, error) {
	return sealStream(key, aad, draw(nil, streamSalt), w)
}

// sealStream is SealStream with a salt that is given.
func sealStream(key Key, aad, salt []byte, w io.Writer) (io.WriteCloser, error) {
	chunk, ok := newChunker(key, aad, salt)
	if !ok {
		panic("seal: sealing with an empty key")
	}
	if _, err := w.Write(append([]byte{algStream}, salt...)); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &streamWriter{w: w, chunk: chunk, plain: make([]byte, 0, ChunkSize), out: make([]byte, 0, ChunkSize+tagSize)}, nil
}

func (s *streamWriter) Write(p []byte) (int, error) {
	if s.closed {
		return 0, fault.New(fault.Internal, "seal.stream.closed")
	}
	done := 0
	for len(p) > 0 {
		if s.err != nil {
			return done, s.err
		}
		if len(s.plain) == ChunkSize { // a full chunk is passed on only when more follows
			s.flush(false)
			continue
		}
		n := min(ChunkSize-len(s.plain), len(p))
		s.plain = append(s.plain, p[:n]...)
		p = p[n:]
		done += n
	}
	return done, nil
}

func (s *streamWriter) flush(last bool) {
	s.out = s.chunk.aead.Seal(s.out[:0], s.chunk.nonce(last), s.plain, nil)
	clear(s.plain)
	s.plain = s.plain[:0]
	if _, err := s.w.Write(s.out); err != nil {
		s.err = fmt.Errorf("seal: %w", err)
	}
}

// Close seals the last chunk. A second Close does nothing.
func (s *streamWriter) Close() error {
	if s.closed || s.err != nil {
		return s.err
	}
	s.closed = true
	s.flush(true)
	return s.err
}

type streamReader struct {
	r     *bufio.Reader
	chunk *chunker
	in    []byte
	plain []byte // opened and not yet read
	err   error
}

// OpenStream returns a reader of what was sealed with [SealStream] under the same key and aad. It gives
// out each chunk once that chunk is proven; that the stream is whole is known only when it returns
// [io.EOF], and until then the caller must not act on what it read. A stream that was cut, lengthened or
// reordered ends with an error.
//
// OpenStream and Read fail with [fault.Locked] if the key is empty, with [fault.Invalid] if the stream is
// not of this key, aad or form, and with the errors of r.
func OpenStream(key Key, aad []byte, r io.Reader) (io.Reader, error) {
	head := make([]byte, streamHead)
	if _, err := io.ReadFull(r, head); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fault.New(fault.Invalid, "seal.form")
		}
		return nil, fmt.Errorf("seal: %w", err)
	}
	if head[0] != algStream {
		return nil, fault.New(fault.Invalid, "seal.algorithm")
	}
	chunk, ok := newChunker(key, aad, head[1:])
	if !ok {
		return nil, fault.New(fault.Locked, "seal.key.empty")
	}
	return &streamReader{r: bufio.NewReaderSize(r, ChunkSize+tagSize+1), chunk: chunk, in: make([]byte, ChunkSize+tagSize)}, nil
}

func (s *streamReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(s.plain) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.plain, s.err = s.open()
	}
	n := copy(p, s.plain)
	clear(s.plain[:n])
	s.plain = s.plain[n:]
	return n, nil
}

// open returns the next chunk, and io.EOF with the last.
func (s *streamReader) open() ([]byte, error) {
	first := s.chunk.next == 0
	n, err := io.ReadFull(s.r, s.in)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("seal: %w", err)
	}
	last := err != nil
	if !last {
		_, err := s.r.Peek(1)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("seal: %w", err)
		}
		last = err != nil
	}
	plain, err := s.chunk.aead.Open(s.in[:0], s.chunk.nonce(last), s.in[:n], nil)
	if err != nil || len(plain) == 0 && !first { // only an empty stream has an empty last chunk
		return nil, fault.New(fault.Invalid, "seal.stream")
	}
	if last {
		return plain, io.EOF
	}
	return plain, nil
}

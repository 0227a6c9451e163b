package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// Class says which of the two archives it is.
type Class string

// The archives.
const (
	Content Class = "content" // sealed content and operational data; any retention
	Keys    Class = "keys"    // keys and the list of erasures; at most KeysKept
)

// Manifest begins an archive. It is in clear and names nobody.
type Manifest struct {
	Format   int        `json:"v"` // 1
	Class    Class      `json:"class"`
	Member   id.Member  `json:"member"`
	Pair     string     `json:"pair"` // the same in both archives of one moment; random
	Created  frame.Time `json:"created"`
	Expires  frame.Time `json:"expires"`  // 0: never
	Signer   id.Key     `json:"signer"`   // envelope key of the node
	Recovery id.Key     `json:"recovery"` // the recovery key that opens it too; empty: none yet
}

// wraps is the key of the body, twice, and in an archive of keys node.secret as the officers can get it back.
type wraps struct {
	Secret   seal.Blob `json:"secret"`           // under node.secret
	Recovery seal.Blob `json:"recovery"`         // to the recovery key; empty: none
	Escrow   seal.Blob `json:"escrow,omitempty"` // [keyring.Escrow]
}

const (
	magic     = "TRMB1\n"
	infoKey   = "opentrm/backup-key/1"
	maxHead   = 8 << 10
	maxBlock  = 1 << 20
	sizeBytes = 4
)

func bad() error { return fault.New(fault.Invalid, "backup.form") }

// Check reports whether m could be a manifest.
//
// It fails with [fault.Invalid] "backup.form".
func (m Manifest) Check() error {
	if _, err := id.ParseMember(string(m.Member)); err != nil {
		return bad()
	}
	if _, err := id.ParseRandom[id.Thread](m.Pair); err != nil {
		return bad()
	}
	keys := m.Class == Keys && m.Expires == m.Created.Add(KeysKept)
	if m.Format != 1 || m.Created <= 0 || !keys && (m.Class != Content || m.Expires != 0) || !keyID(m.Signer) || m.Recovery != "" && !keyID(m.Recovery) {
		return bad()
	}
	return nil
}

func keyID(k id.Key) bool {
	b, err := hex.DecodeString(string(k))
	return err == nil && len(b) == 16 && hex.EncodeToString(b) == string(k)
}

// seals is what an archive is sealed with.
type seals struct {
	secret   seal.Key
	recovery seal.KEMPublic // zero: none yet
	escrow   []byte         // for the archive of keys; empty: none yet
	signer   seal.SignPrivate
}

// digester passes on what is written and digests it.
type digester struct {
	w   io.Writer
	sum hash.Hash
}

func (d *digester) Write(b []byte) (int, error) {
	d.sum.Write(b) // never fails
	return d.w.Write(b)
}

func (d *digester) sized(b []byte) error {
	if _, err := d.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b)))); err != nil {
		return err
	}
	_, err := d.Write(b)
	return err
}

// writer seals the body of one archive.
type writer struct {
	out    *digester
	body   io.WriteCloser
	block  *blocks
	signer seal.SignPrivate
}

// blocks writes what it is given behind its length, a megabyte at a time.
type blocks struct {
	out *digester
	buf bytes.Buffer
}

func (b *blocks) Write(p []byte) (int, error) {
	b.buf.Write(p)
	for b.buf.Len() >= maxBlock {
		if err := b.out.sized(b.buf.Next(maxBlock)); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func newWriter(w io.Writer, m Manifest, s seals) (*writer, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	head, err := frame.Encode(m)
	if err != nil {
		return nil, err
	}
	key := seal.NewKey(nil)
	defer key.Wipe()
	both := wraps{Secret: s.secret.Wrap(key, keyAAD(head)), Recovery: seal.Blob{}}
	if !s.recovery.IsZero() {
		raw := key.Bytes()
		defer clear(raw)
		if both.Recovery, err = s.recovery.Seal([]byte(infoKey), keyAAD(head), raw); err != nil {
			return nil, err
		}
	}
	if m.Class == Keys {
		both.Escrow = s.escrow
	}
	wrapped, err := frame.Encode(both)
	if err != nil {
		return nil, err
	}
	out := &digester{w: w, sum: sha256.New()}
	if _, err := io.WriteString(out, magic); err != nil {
		return nil, err
	}
	if err := out.sized(head); err != nil {
		return nil, err
	}
	if err := out.sized(wrapped); err != nil {
		return nil, err
	}
	b := &blocks{out: out}
	body, err := seal.SealStream(key.Derive(infoKey), head, b)
	return &writer{out: out, body: body, block: b, signer: s.signer}, err
}

func keyAAD(head []byte) []byte { return frame.Join([]byte(infoKey), head) }

// Write seals a part of the dump.
func (w *writer) Write(p []byte) (int, error) { return w.body.Write(p) }

// finish writes the end of the body and the signature.
func (w *writer) finish() error {
	if err := w.body.Close(); err != nil {
		return err
	}
	if w.block.buf.Len() > 0 {
		if err := w.out.sized(w.block.buf.Bytes()); err != nil {
			return err
		}
	}
	if err := w.out.sized(nil); err != nil {
		return err
	}
	sig := w.signer.Sign(seal.DomainBackup, w.out.sum.Sum(nil))
	return w.out.sized(sig.Bytes())
}

// reader reads one archive.
type reader struct {
	Manifest Manifest
	head     []byte
	wraps    wraps
	r        io.Reader
	sum      hash.Hash
	left     int
	ended    bool
	want     []byte // digest that was proven; nil while proving
	digest   []byte // of the whole, once ended
	sig      seal.Signature
}

// open reads the beginning of an archive.
func open(r io.Reader) (*reader, error) {
	a := &reader{r: r, sum: sha256.New()}
	start := make([]byte, len(magic))
	if err := a.full(start); err != nil {
		return nil, err
	}
	if string(start) != magic {
		return nil, bad()
	}
	var err error
	if a.head, err = a.sized(maxHead); err != nil {
		return nil, err
	}
	if err := frame.Decode(a.head, maxHead, &a.Manifest); err != nil {
		return nil, err
	}
	if err := a.Manifest.Check(); err != nil {
		return nil, err
	}
	wrapped, err := a.sized(maxHead)
	if err != nil {
		return nil, err
	}
	return a, frame.Decode(wrapped, maxHead, &a.wraps)
}

func (a *reader) full(b []byte) error {
	if _, err := io.ReadFull(a.r, b); err != nil {
		return fault.Wrap(fault.Invalid, "backup.truncated", err)
	}
	a.sum.Write(b)
	return nil
}

func (a *reader) size() (int, error) {
	var b [sizeBytes]byte
	err := a.full(b[:])
	return int(binary.BigEndian.Uint32(b[:])), err
}

func (a *reader) sized(limit int) ([]byte, error) {
	n, err := a.size()
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, bad()
	}
	b := make([]byte, n)
	return b, a.full(b)
}

// Read gives out the sealed body, and io.EOF when everything up to the end was as it was proven.
func (a *reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for a.left == 0 {
		if a.ended {
			return 0, io.EOF
		}
		n, err := a.size()
		if err != nil {
			return 0, err
		}
		if n > maxBlock {
			return 0, bad()
		}
		if a.left = n; n == 0 {
			if err := a.end(); err != nil {
				return 0, err
			}
		}
	}
	n := min(len(p), a.left)
	if err := a.full(p[:n]); err != nil {
		return 0, err
	}
	a.left -= n
	return n, nil
}

// end reads the signature, after which nothing may follow.
func (a *reader) end() error {
	a.ended, a.digest = true, a.sum.Sum(nil)
	if a.want != nil && !bytes.Equal(a.want, a.digest) {
		return fault.New(fault.Invalid, "backup.changed")
	}
	raw, err := a.sized(maxHead)
	if err != nil {
		return err
	}
	if a.sig, err = seal.ParseSignature(raw); err != nil {
		return err
	}
	if n, err := a.r.Read(make([]byte, 1)); n != 0 || err != io.EOF { //nolint:errorlint // files and buffers give the bare value
		return bad()
	}
	return nil
}

// prove reads a whole archive without keeping anything and returns its digest and signature.
func prove(r io.Reader) (*reader, error) {
	a, err := open(r)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, a); err != nil {
		return nil, err
	}
	return a, nil
}

// Name returns what an archive may be called in a folder: member, class, moment, pair.
func (m Manifest) Name() string {
	return string(m.Member) + "-" + m.Created.Time().Format("20060102-150405") + "-" + m.Pair[:8] + "-" + string(m.Class) + ".trmb"
}

// Inspect reads the manifest of an archive and whether it is whole. Its signature is not judged.
//
// It fails with [fault.Invalid] "backup.form" or "backup.truncated".
func Inspect(r io.Reader) (Manifest, error) {
	a, err := prove(r)
	if err != nil {
		return Manifest{}, err
	}
	return a.Manifest, nil
}

// Escrowed reads from the head of an archive of keys what recovery officers need where node.secret is lost: which
// recovery key opens it, and the sealed node.secret, empty if no officers were enrolled when it was made. Nothing is
// proven by it: [keyring.OpenEscrow] knows what the node has made, and [Service.Restore] proves the archive.
//
// It fails with [fault.Invalid] "backup.form" or "backup.truncated".
func Escrowed(r io.ReadSeeker) (Manifest, []byte, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Manifest{}, nil, err
	}
	a, err := open(r)
	if err != nil {
		return Manifest{}, nil, err
	}
	return a.Manifest, a.wraps.Escrow, nil
}

// Expired reports whether an archive must be destroyed by now.
func (m Manifest) Expired(now frame.Time) bool { return m.Expires != 0 && now >= m.Expires }

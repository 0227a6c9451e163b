package audit

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"strings"

	cosign "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// maxNote is the length in bytes up to which a signed note is read.
const maxNote = 64 << 10

// Keys are the public keys of one member's node, newest first; past keys stay as long as what they
// signed is to be verified. The roster lists them.
type Keys struct {
	Log     []ed25519.PublicKey // sign checkpoints and epochs
	Witness []ed25519.PublicKey // cosign the checkpoints of others
}

// Roster gives the keys of members.
type Roster map[id.Member]Keys

// State is what a checkpoint states: the log of member, in epoch, has size leaves under a root.
type State struct {
	Member id.Member
	Epoch  int64
	Size   int64
	Root   tlog.Hash
}

// At returns the place of s in the log of its member.
func (s State) At() Place { return At(s.Epoch, s.Size) }

// Origin returns the origin line of s, which is also the name of the key that signs it.
func (s State) Origin() string {
	return "opentrm/" + string(s.Member) + "/log/" + strconv.FormatInt(s.Epoch, 10)
}

// Text returns the text of a checkpoint of s (c2sp.org/tlog-checkpoint).
func (s State) Text() string {
	return s.Origin() + "\n" + strconv.FormatInt(s.Size, 10) + "\n" + s.Root.String() + "\n"
}

// parseState reads a checkpoint text in its one form.
func parseState(text string) (State, error) {
	bad := fault.New(fault.Invalid, "audit.checkpoint.form")
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return State{}, bad
	}
	parts := strings.Split(lines[0], "/")
	if len(parts) != 4 {
		return State{}, bad
	}
	member, err := id.ParseMember(parts[1])
	if err != nil {
		return State{}, bad
	}
	s := State{Member: member}
	if s.Epoch, err = strconv.ParseInt(parts[3], 10, 64); err != nil || s.Epoch < 1 || s.Epoch > maxEpoch {
		return State{}, bad
	}
	if s.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || s.Size < 1 || s.Size > maxSize {
		return State{}, bad
	}
	if s.Root, err = tlog.ParseHash(lines[2]); err != nil || s.Text() != text {
		return State{}, bad
	}
	return s, nil
}

// Sign returns the checkpoint of s, signed with the node's checkpoint key, an Ed25519 key.
//
// It fails with [fault.Internal] if the key cannot sign.
func (s State) Sign(key crypto.Signer) (string, error) { return signNote(s.Text(), s.Origin(), key) }

// ParseCheckpoint reads a checkpoint of which at least one signature is from a checkpoint key that the
// roster lists for the member it names. Other signatures are ignored.
//
// It fails with [fault.Invalid] if note is no checkpoint of an OpenTRM log, with [fault.NotFound] if the
// roster has no such member, and with [fault.Denied] if no signature of hers is good.
func ParseCheckpoint(text string, roster Roster) (State, error) {
	body, _, ok := cutNote(text)
	if !ok {
		return State{}, fault.New(fault.Invalid, "audit.checkpoint.form")
	}
	s, err := parseState(body)
	if err != nil {
		return State{}, err
	}
	keys, ok := roster[s.Member]
	if !ok {
		return State{}, fault.New(fault.NotFound, "audit.member.unknown")
	}
	if err := verifyNote(text, s.Origin(), keys.Log); err != nil {
		return State{}, err
	}
	return s, nil
}

// EpochOf returns the epoch of the log that a checkpoint states, without judging its signature.
//
// It fails with [fault.Invalid] if note is no checkpoint of an OpenTRM log.
func EpochOf(note string) (int64, error) {
	body, _, ok := cutNote(note)
	if !ok {
		return 0, fault.New(fault.Invalid, "audit.checkpoint.form")
	}
	s, err := parseState(body)
	return s.Epoch, err
}

// cutNote splits a signed note into its text and its signature lines.
func cutNote(s string) (text, signatures string, ok bool) {
	i := strings.LastIndex(s, "\n\n")
	if len(s) > maxNote || i < 0 {
		return "", "", false
	}
	return s[:i+1], s[i+2:], true
}

// signNote signs text in the form of c2sp.org/signed-note.
func signNote(text, name string, key crypto.Signer) (string, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return "", fault.New(fault.Internal, "audit.key.kind")
	}
	vkey, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "audit.key.kind", err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "audit.key.kind", err)
	}
	sig, err := key.Sign(nil, []byte(text), crypto.Hash(0))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "audit.sign", err)
	}
	return text + "\n" + signatureLine(name, v.KeyHash(), sig), nil
}

func signatureLine(name string, hash uint32, sig []byte) string {
	raw := append(binary.BigEndian.AppendUint32(nil, hash), sig...)
	return "— " + name + " " + base64.StdEncoding.EncodeToString(raw) + "\n"
}

// verifyNote checks that one of the keys, under that name, signed the note.
func verifyNote(text, name string, keys []ed25519.PublicKey) error {
	var list []note.Verifier
	for _, k := range keys {
		vkey, err := note.NewEd25519VerifierKey(name, k)
		if err != nil {
			return fault.Wrap(fault.Internal, "audit.key.kind", err)
		}
		v, err := note.NewVerifier(vkey)
		if err != nil {
			return fault.Wrap(fault.Internal, "audit.key.kind", err)
		}
		list = append(list, v)
	}
	if _, err := note.Open([]byte(text), note.VerifierList(list...)); err != nil {
		return fault.Wrap(fault.Denied, "audit.signature", err)
	}
	return nil
}

// witnessName returns the name of the key with which member cosigns.
func witnessName(member id.Member) string { return "opentrm/" + string(member) + "/witness" }

// witnessVerifier returns a verifier of cosignature/v1 for one key of member.
func witnessVerifier(member id.Member, key ed25519.PublicKey) (note.Verifier, error) {
	vkey, err := note.NewEd25519VerifierKey(witnessName(member), key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "audit.key.kind", err)
	}
	v, err := cosign.NewVerifierForCosignatureV1(vkey)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "audit.key.kind", err)
	}
	return v, nil
}

// cosignText returns the signature line of member, as a witness, under a checkpoint text, at a time
// (c2sp.org/tlog-cosignature). The signer of package formats reads the clock itself, ours is given.
func cosignText(text string, member id.Member, key crypto.Signer, at frame.Time) (string, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return "", fault.New(fault.Internal, "audit.key.kind")
	}
	v, err := witnessVerifier(member, public)
	if err != nil {
		return "", err
	}
	seconds := at.Time().Unix()
	sig, err := key.Sign(nil, []byte("cosignature/v1\ntime "+strconv.FormatInt(seconds, 10)+"\n"+text), crypto.Hash(0))
	if err != nil {
		return "", fault.Wrap(fault.Internal, "audit.sign", err)
	}
	stamped := append(binary.BigEndian.AppendUint64(nil, uint64(seconds)), sig...)
	if !v.Verify([]byte(text), stamped) {
		return "", fault.New(fault.Internal, "audit.sign")
	}
	return signatureLine(v.Name(), v.KeyHash(), stamped), nil
}

// ReadCosignature reads the lines with which witness answered a request for our checkpoint c, and
// returns the first good one. Lines of other keys are ignored.
//
// It fails with [fault.NotFound] if the roster has no such member, with [fault.Invalid] if lines are no
// signature lines, and with [fault.Denied] if none of them is a good cosignature of the witness.
func ReadCosignature(c Checkpoint, lines string, witness id.Member, roster Roster) (Cosignature, error) {
	keys, ok := roster[witness]
	if !ok {
		return Cosignature{}, fault.New(fault.NotFound, "audit.member.unknown")
	}
	text, _, ok := cutNote(c.Note)
	if !ok || len(lines) > maxNote || !strings.HasSuffix(lines, "\n") || strings.Contains(lines, "\n\n") {
		return Cosignature{}, fault.New(fault.Invalid, "audit.cosignature.form")
	}
	var list []note.Verifier
	for _, k := range keys.Witness {
		v, err := witnessVerifier(witness, k)
		if err != nil {
			return Cosignature{}, err
		}
		list = append(list, v)
	}
	n, err := note.Open([]byte(text+"\n"+lines), note.VerifierList(list...))
	if err != nil {
		return Cosignature{}, fault.Wrap(fault.Denied, "audit.signature", err)
	}
	sig := n.Sigs[0]
	at, err := cosign.CoSigV1Timestamp(sig)
	if err != nil {
		return Cosignature{}, fault.Wrap(fault.Invalid, "audit.cosignature.form", err)
	}
	return Cosignature{At: c.At, Member: witness, Time: frame.At(at), Line: "— " + sig.Name + " " + sig.Base64 + "\n"}, nil
}

// Joined returns the note of c with the cosignatures added: a checkpoint that anybody can verify.
func (c Checkpoint) Joined(cosignatures []Cosignature) string {
	s := c.Note
	for _, x := range cosignatures {
		if x.At == c.At {
			s += x.Line
		}
	}
	return s
}

package peer_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/peer"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

const hour = time.Hour

func shelter() desk.Desk {
	return desk.Desk{ID: "shelter", Kind: desk.AtNode, Realm: access.Assistance, Function: "desk.function.shelter"}
}

// raider speaks to a node with a certificate and no manners.
type raider struct {
	t    *testing.T
	to   *nodetest.Node
	http *http.Client
}

func raid(t *testing.T, to *nodetest.Node, certificates ...tls.Certificate) *raider {
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: certificates}}
	t.Cleanup(tr.CloseIdleConnections)
	return &raider{t, to, &http.Client{Transport: tr, Timeout: 10 * time.Second}}
}

// as returns a raider with the key of a member's node.
func as(t *testing.T, who, to *nodetest.Node) *raider {
	t.Helper()
	c, err := who.Keys().Certificate(who.Member, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return raid(t, to, c)
}

// said is an answer: what a problem says, or the stage and refusal of a receipt.
func (r *raider) said(method, path string, body io.Reader) (string, []byte) {
	r.t.Helper()
	q, err := http.NewRequestWithContext(r.t.Context(), method, "https://"+r.to.PeerAddress()+path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	a, err := r.http.Do(q)
	if err != nil {
		return "closed", nil
	}
	defer func() { _ = a.Body.Close() }()
	b, _ := io.ReadAll(a.Body)
	if a.StatusCode != http.StatusOK {
		var p struct{ Kind, Key string }
		if json.Unmarshal(b, &p) != nil || p.Kind == "" {
			return a.Status, b
		}
		return p.Kind + " " + p.Key, b
	}
	if s, err := envelope.ParseReceipt(b); err == nil {
		return strings.TrimSpace("receipt " + string(s.Receipt.Stage) + " " + string(s.Receipt.Refusal)), b
	}
	return "ok", b
}

func (r *raider) push(b []byte) (string, []byte) {
	e, err := envelope.Parse(b)
	name := strings.Repeat("0", 64)
	if err == nil {
		name = string(e.ID)
	}
	return r.said(http.MethodPut, "/exchange/v1/envelopes/"+name, bytes.NewReader(b))
}

// sealing is a good message from one member to another, before it is spoilt.
func sealing(t *testing.T, n *nodetest.Net, from, to id.Member) envelope.Sealing {
	t.Helper()
	receiver, _ := n.Roster.Roster.Find(to)
	hash, err := n.Roster.Roster.Hash()
	if err != nil {
		t.Fatal(err)
	}
	now := frame.At(n.Clock.Now())
	var sheet member.Sheet
	if err := n.Node(from).Exchange.Read(t.Context(), func(tx exchange.Tx) error {
		held, err := member.SheetOf(t.Context(), tx, to)
		sheet = held.Signed.Sheet
		return err
	}); err != nil {
		t.Fatal(err)
	}
	d, _ := sheet.Find("focal-point")
	body, err := envelope.EncodeBody(map[string]any{"language": "en", "referral": ""})
	if err != nil {
		t.Fatal(err)
	}
	return envelope.Sealing{
		Header: envelope.Header{
			Suite: seal.SuiteHybrid, From: from, To: to, Created: now, Expires: now.Add(hour), Sheet: sheet.Version,
			Roster: envelope.Version{Version: n.Roster.Roster.Version, Hash: hash},
		},
		Control: envelope.Control{
			Kind: envelope.Message, FromDesk: "focal-point", ToDesk: "focal-point", Realm: access.Assistance,
			Thread: id.Random[id.Thread](id.Maker{}), Side: envelope.Opener, Seq: 1, Basis: "cets-197-11", Rule: "non-eu-non-eu.authority",
			Categories: []string{}, Body: body,
		},
		Content: []byte(planted), ToNode: receiver.Keys.Control[0], ToDesk: d.Intake, Signer: n.Node(from).Keys().Envelope,
	}
}

func sealed(t *testing.T, s envelope.Sealing) []byte {
	t.Helper()
	b, _, err := envelope.Seal(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// spoilt is an envelope of MD for MK that should not be, with what is said to it.
type spoilt struct {
	name string
	body []byte
	want string
}

func spoiltOnes(t *testing.T, n *nodetest.Net) []spoilt {
	t.Helper()
	md, rs := n.Node("MD"), n.Node("RS")
	changed := func(change func(*envelope.Sealing)) []byte {
		s := sealing(t, n, "MD", "MK")
		change(&s)
		return sealed(t, s)
	}
	good := changed(func(*envelope.Sealing) {})
	return []spoilt{
		{"garbage", []byte("TRM1 and nothing else"), "invalid frame.truncated"},
		{"truncated", good[:len(good)-7], "invalid frame.truncated"},
		{"forged", func() []byte {
			b := bytes.Clone(good)
			b[len(b)-20] ^= 1 // of the signature, before the empty second slot
			return b
		}(), "denied exchange.signature"},
		{"signed with the key of nobody", changed(func(s *envelope.Sealing) { s.Signer = seal.NewSign(nil) }), "denied exchange.signature"},
		{"of another sender", sealed(t, sealing(t, n, "RS", "MK")), "denied peer.envelope.sender"},
		{"for another member", sealed(t, sealing(t, n, "MD", "RS")), "invalid exchange.wrong-member"},
		{"stripped and signed again", stolen(t, sealed(t, sealing(t, n, "RS", "MK")), "MD", md.Keys().Envelope), "receipt refused unopenable"},
		{"expired", changed(func(s *envelope.Sealing) {
			s.Header.Created, s.Header.Expires = s.Header.Created.Add(-2*hour), s.Header.Created.Add(-hour)
		}), "receipt expired"},
		{"from the future", changed(func(s *envelope.Sealing) {
			s.Header.Created, s.Header.Expires = s.Header.Created.Add(30*hour), s.Header.Created.Add(40*hour)
		}), "receipt refused clock"},
		{"under another roster", changed(func(s *envelope.Sealing) { s.Header.Roster.Hash = strings.Repeat("5", 64) }), "receipt refused roster"},
		{"to a desk that is not there", changed(func(s *envelope.Sealing) { s.Control.ToDesk = "cellar" }), "receipt refused unknown-desk"},
		{"without a legal basis", changed(func(s *envelope.Sealing) { s.Control.Basis = "consent" }), "receipt refused rule-row"},
		{"to a key that is gone", changed(func(s *envelope.Sealing) { s.ToDesk = seal.NewKEM(nil).Public() }), "receipt refused stale-key"},
		{"to a control key that is gone", changed(func(s *envelope.Sealing) { s.ToNode = seal.NewKEM(nil).Public() }), "receipt refused stale-key"},
		{"with a checkpoint of another", changed(func(s *envelope.Sealing) { s.Header.Log = checkpoint(t, rs, "RS", 64, 1) }), "receipt refused checkpoint"},
	}
}

// TestHostilePeer lets a member's own node, with its own keys, try what it should not.
func TestHostilePeer(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS").Mailbox())
	md, mk := n.Node("MD"), n.Node("MK")
	r := as(t, md, mk)
	all := spoiltOnes(t, n)
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			if got, b := r.push(c.body); got != c.want {
				t.Errorf("got %q, want %q\n%s", got, c.want, b)
			} else if bytes.Contains(b, []byte("/")) && strings.HasPrefix(got, "internal") {
				t.Errorf("more than a key leaves: %s", b)
			}
		})
	}
	if got := read(t, mk); got != 0 {
		t.Fatalf("%d hostile messages took effect", got)
	}
	for _, want := range []string{`"key":"exchange.signature"`, `"key":"peer.envelope.sender"`} {
		if !strings.Contains(mk.Logs.String(), want) {
			t.Errorf("the log of MK does not say %s", want)
		}
	}
	refusalsAreLogged(t, mk, all)
	n.Run()
}

// TestReplay: the same envelope gets the same receipt and has one effect.
func TestReplay(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	write(t, md, "MK")
	var b []byte
	if err := md.Exchange.Read(t.Context(), func(tx exchange.Tx) error {
		rows, err := tx.OutFor(t.Context(), "MK", "", 10)
		for _, o := range rows {
			if o.Kind == envelope.Message {
				b = o.Bytes
			}
		}
		return err
	}); err != nil || b == nil {
		t.Fatal("nothing waits", err)
	}
	r := as(t, md, mk)
	said, first := r.push(b)
	if said != "receipt delivered" {
		t.Fatalf("%s: %s", said, first)
	}
	for range 5 {
		if _, again := r.push(b); !bytes.Equal(first, again) {
			t.Fatalf("another receipt: %s", again)
		}
	}
	n.Run()
	if got := read(t, mk); got != 1 {
		t.Errorf("MK reads %d messages, want 1", got)
	}
}

// TestUnknownKeyIsRefused: without a key of the roster nobody gets past the handshake.
func TestUnknownKeyIsRefused(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	mk := n.Node("MK")
	own, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*raider{"no key": raid(t, mk), "unknown key": raid(t, mk, own)} {
		if got, _ := r.said(http.MethodGet, "/exchange/v1/roster", nil); got != "closed" {
			t.Errorf("%s: got %q, want a closed connection", name, got)
		}
	}
	old := raid(t, mk, own)
	old.http.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS12
	if got, _ := old.said(http.MethodGet, "/exchange/v1/roster", nil); got != "closed" {
		t.Errorf("TLS 1.2: got %q, want a closed connection", got)
	}
	if !strings.Contains(mk.Logs.String(), `"msg":"peer.stranger","key":"peer.key.unknown"`) {
		t.Errorf("the stranger is not in the log:\n%s", mk.Logs)
	}
	if got, _ := as(t, mk, mk).said(http.MethodGet, "/exchange/v1/roster", nil); got != "denied peer.key.self" {
		t.Errorf("its own key: %q", got)
	}
}

// TestSlowClientIsCutOff: whoever does not finish what she began is cut off, before and within a request.
func TestSlowClientIsCutOff(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK").With(func(c *node.Config) {
		c.Limits = peer.Limits{Header: 300 * time.Millisecond, Body: 600 * time.Millisecond}
	}))
	mk := n.Node("MK")
	r := as(t, n.Node("MD"), mk)
	for name, write := range map[string]string{
		"slow header": "GET /exchange/v1/roster HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		"slow body":   "PUT /exchange/v1/envelopes/" + strings.Repeat("0", 64) + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nTRM1",
	} {
		c, err := tls.Dial("tcp", mk.PeerAddress(), r.http.Transport.(*http.Transport).TLSClientConfig)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(write)); err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		_, _ = io.ReadAll(c)
		if took := time.Since(begun); took > 4*time.Second {
			t.Errorf("%s: still open after %v", name, took)
		}
		_ = c.Close()
	}
}

// TestTooMuch: size and rate have bounds, and other members go on being served.
func TestTooMuch(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("RS"), nodetest.At("MK").With(func(c *node.Config) {
		c.Limits = peer.Limits{Requests: 1, Burst: 30} // 64: the longest push must fit
	}))
	md, mk, rs := n.Node("MD"), n.Node("MK"), n.Node("RS")
	r := as(t, md, mk)
	if got, _ := r.said(http.MethodPut, "/exchange/v1/envelopes/"+strings.Repeat("0", 64), endless{envelope.MaxEnvelope + 1}); got != "invalid peer.length" {
		t.Errorf("without a length: %q", got)
	}
	big := bytes.NewReader(make([]byte, envelope.MaxEnvelope+1))
	if got, _ := r.said(http.MethodPut, "/exchange/v1/envelopes/"+strings.Repeat("0", 64), big); got != "too-large peer.too-large" && got != "closed" {
		t.Errorf("too large: %q", got)
	}
	busy := ""
	for range 100 {
		if busy, _ = r.said(http.MethodGet, "/exchange/v1/roster", nil); busy != "ok" {
			break
		}
	}
	if busy != "unavailable peer.busy" {
		t.Errorf("too often: %q", busy)
	}
	if got, _ := as(t, rs, mk).said(http.MethodGet, "/exchange/v1/roster", nil); got != "ok" {
		t.Errorf("RS is not served while MD floods: %q", got)
	}
	many := frame.Join(slices.Repeat([][]byte{sealed(t, sealing(t, n, "RS", "MK"))}, 64)...)
	if got, _ := as(t, rs, mk).said(http.MethodPut, "/exchange/v1/envelopes", bytes.NewReader(many)); got != "unavailable peer.busy" {
		t.Errorf("64 envelopes in one push, where 63 requests are free: %q", got)
	}
}

// endless is a body of unknown length.
type endless struct{ n int }

func (e endless) Read(b []byte) (int, error) { return len(b), nil }

// TestForkedLog: two histories of one log are evidence, are not countersigned, and raise the alarm.
func TestForkedLog(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	r := as(t, md, mk)
	ask := func(note string) string {
		t.Helper()
		s := sealing(t, n, "MD", "MK")
		body, err := envelope.EncodeBody(envelope.NoteBody{Note: note})
		if err != nil {
			t.Fatal(err)
		}
		s.Header.Sheet, s.Content = 0, nil
		s.Control = envelope.Control{Kind: envelope.Checkpoint, Categories: []string{}, Body: body}
		got, _ := r.push(sealed(t, s))
		return got
	}
	size := int64(1 << 20)
	for i, want := range []bool{false, true} {
		text := audit.Request{Note: checkpoint(t, md, "MD", size, byte(i))}.Text()
		if got := ask(text); got != "receipt delivered" {
			t.Fatalf("checkpoint %d: %q", i, got)
		}
		if got := strings.Contains(mk.Logs.String(), `"alarm":"audit.fork"`); got != want {
			t.Fatalf("after checkpoint %d: alarm %v, want %v", i, got, want)
		}
	}
	if got := forks(t, mk); len(got) != 1 || !strings.HasPrefix(got[0], "log-md-") {
		t.Errorf("the coordinator has to look at %q", got)
	}
	var observed audit.Observed
	if err := store.Reader[audit.WitnessTx](mk.DB)(t.Context(), func(tx audit.WitnessTx) (err error) {
		observed, err = tx.AuditObserved(t.Context(), "MD")
		return err
	}); err != nil || observed.Size >= size {
		t.Errorf("MK follows a history without proof: %+v, %v", observed, err)
	}
}

// checkpoint signs, with the keys of a node, a state that its log never had.
func checkpoint(t *testing.T, by *nodetest.Node, of id.Member, size int64, root byte) string {
	t.Helper()
	s := audit.State{Member: of, Epoch: 1, Size: size}
	s.Root[0] = root
	note, err := s.Sign(by.Keys().CheckpointSigner())
	if err != nil {
		t.Fatal(err)
	}
	return note
}

// TestRolledBackRoster: an older roster changes nothing, one signed by too few is refused, a newer one is taken.
func TestRolledBackRoster(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"), nodetest.At("RS"))
	md, mk := n.Node("MD"), n.Node("MK")
	first := n.Roster
	next := n.Sign(&first.Roster, member.Roster{Network: nodetest.Network, Root: first.Roster.Root, Members: first.Roster.Members})
	r := as(t, md, mk)
	send := func(s member.Signed) string {
		t.Helper()
		body, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		x := sealing(t, n, "MD", "MK")
		x.Header.Sheet, x.Content = 0, nil
		x.Control = envelope.Control{Kind: envelope.Rosters, Categories: []string{}, Body: body}
		got, _ := r.push(sealed(t, x))
		return got
	}
	version := func() int64 {
		t.Helper()
		held, _, err := mk.Members.Roster(t.Context(), mk.As("ada").Actor)
		if err != nil {
			t.Fatal(err)
		}
		return held.Signed.Roster.Version
	}
	few := next
	few.Signatures = few.Signatures[:1]
	if got := send(few); got != "receipt refused not-permitted" || version() != 1 {
		t.Errorf("signed by one of three: %q, version %d", got, version())
	}
	if got := send(next); got != "receipt delivered" || version() != 2 {
		t.Errorf("a good one: %q, version %d", got, version())
	}
	n.Roster = next
	if got := send(first); got != "receipt delivered" || version() != 2 {
		t.Errorf("the one before: %q, version %d", got, version())
	}
	other := n.Sign(&first.Roster, member.Roster{Network: nodetest.Network, Root: first.Roster.Root, Members: renamed(first.Roster.Members)})
	if got := send(other); got != "receipt delivered" || !strings.Contains(mk.Logs.String(), "member.roster.fork") {
		t.Errorf("another of the same version: %q, and no alarm", got)
	}
	n.Run()
	looked(t, n, mk, "roster-")
	n.Roster = n.Sign(&next.Roster, member.Roster{Network: nodetest.Network, Root: first.Roster.Root, Members: first.Roster.Members})
	if got := send(n.Roster); got != "receipt delivered" || version() != 3 {
		t.Errorf("the one that ends it: %q, version %d", got, version())
	}
	looked(t, n, mk)
}

func renamed(list []member.Member) []member.Member {
	out := append([]member.Member{}, list...)
	out[0].Name = "Somebody else"
	return out
}

// TestLogIsServed: tiles and proofs are there for everybody, for what was signed and no more.
func TestLogIsServed(t *testing.T) {
	n := nodetest.New(t, nodetest.At("MD"), nodetest.At("MK"))
	md, mk := n.Node("MD"), n.Node("MK")
	line, _ := n.Roster.Roster.Find("MK")
	keys, err := md.LogKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	note, err := md.Caller.Log(t.Context(), line, "checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(note), "opentrm/MD/witness") {
		t.Errorf("MD's cosignature is missing:\n%s", note)
	}
	state, err := audit.ParseCheckpoint(string(note), keys)
	if err != nil {
		t.Fatal(err)
	}
	if tile, err := md.Caller.Log(t.Context(), line, "1/tile/0/000.p/64"); err != nil || len(tile) != 64*32 {
		t.Errorf("tile: %d bytes, %v", len(tile), err)
	}
	text, err := md.Caller.Log(t.Context(), line, "1/proof/3")
	if err != nil {
		t.Fatal(err)
	}
	proof, err := audit.ParseProof(string(text))
	if err != nil {
		t.Fatal(err)
	}
	leaf := leafAt(t, mk, audit.At(1, 3))
	if got, err := proof.Check(leaf, keys); err != nil || got.Size != state.Size {
		t.Errorf("proof: %+v, %v", got, err)
	}
	if text, err := md.Caller.Log(t.Context(), line, "1/consistency/64"); err != nil || !strings.HasPrefix(string(text), "old 64\n") {
		t.Errorf("consistency: %q, %v", text, err)
	}
	for _, path := range []string{"2/tile/0/000", "1/tile/0/x999/999", "1/proof/99999999", "1/consistency/99999999", "1/tile/entries/../../.."} {
		if _, err := md.Caller.Log(t.Context(), line, path); err == nil {
			t.Errorf("%s is served", path)
		}
	}
}

func leafAt(t *testing.T, at *nodetest.Node, place audit.Place) (leaf audit.Leaf) {
	t.Helper()
	if err := at.Audit.Read(t.Context(), func(r audit.Reader) error {
		v, err := audit.Look(t.Context(), r)
		if err == nil {
			leaf, err = v.LeafAt(t.Context(), place)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return leaf
}

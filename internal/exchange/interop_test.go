package exchange_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/seal"
)

// foreign is the program of interop/: envelopes, receipts and courier files in JavaScript, written from spec/ alone. It
// shares no code with ours.
type foreign struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

// request is asked of the program.
type request struct {
	Op      string                 `json:"op"`
	File    seal.Blob              `json:"file,omitempty"`
	Receipt seal.Blob              `json:"receipt,omitempty"`
	Text    seal.Blob              `json:"text"`
	Count   int                    `json:"count"`
	Members map[id.Member][]string `json:"members,omitempty"`
	Header  map[string]any         `json:"header,omitempty"`
	Says    map[string]any         `json:"says,omitempty"`
	Control any                    `json:"control,omitempty"` // to open: the node's seed; to build: the control itself
	Content seal.Blob              `json:"content,omitempty"` // to open: the desk's seed; to build: the words
	Node    seal.Blob              `json:"node,omitempty"`
	Desk    seal.Blob              `json:"desk,omitempty"`
	Signer  seal.Blob              `json:"signer,omitempty"`
}

// answer is what it says.
type answer struct {
	ID        id.Envelope     `json:"id"`
	File      seal.Blob       `json:"file"`
	Control   json.RawMessage `json:"control"`
	Canonical seal.Blob       `json:"canonical"`
	Content   seal.Blob       `json:"content"`
	Again     seal.Blob       `json:"again"`
	Says      json.RawMessage `json:"says"`
	Digest    string          `json:"digest"`
	Receipt   seal.Blob       `json:"receipt"`
	Kinds     []int           `json:"kinds"`
	Error     string          `json:"error"`
	Key       string          `json:"key"`
}

// startForeign starts the program in OPENTRM_INTEROP, the directory interop/ after "npm ci".
func startForeign(t *testing.T) *foreign {
	t.Helper()
	dir := os.Getenv("OPENTRM_INTEROP")
	if dir == "" {
		t.Skip("OPENTRM_INTEROP is not set: not tried against another implementation of envelopes")
	}
	program, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: not tried against another implementation of envelopes")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "hpke")); err != nil {
		t.Skip("OPENTRM_INTEROP has no installed modules (npm ci): not tried against another implementation of envelopes")
	}
	cmd := exec.CommandContext(t.Context(), program, filepath.Join(dir, "serve.js"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil && complaint.Len() > 0 {
			t.Errorf("%v: %s", err, complaint.String())
		}
	})
	return &foreign{t, in, bufio.NewReader(out)}
}

func (f *foreign) ask(q request) answer {
	f.t.Helper()
	if err := json.NewEncoder(f.in).Encode(q); err != nil {
		f.t.Fatal(err)
	}
	line, err := f.out.ReadBytes('\n')
	if err != nil {
		f.t.Fatal(err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		f.t.Fatalf("%s: %v", line, err)
	}
	return a
}

// signers lists the envelope keys of a roster.
func signers(t *testing.T, r member.Roster) map[id.Member][]string {
	t.Helper()
	all := map[id.Member][]string{}
	for _, m := range r.Members {
		for _, k := range m.Keys.Envelope {
			text, err := k.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			all[m.ID] = append(all[m.ID], string(text))
		}
	}
	return all
}

func blob(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// TestInteropSentThere lets the program build, seal and sign whole envelopes that a real node receives with every check,
// and read the receipts. What it spoils is refused for the reason that the specification names.
func TestInteropSentThere(t *testing.T) {
	js := startForeign(t)
	w, md, mk := two(t)
	rs := w.nodes["RS"]
	words := []byte("Ѓурѓица, ştefăniţa — \U0001f9ff")
	now := frame.At(w.clock.Now())
	hash, err := w.roster.Roster.Hash()
	if err != nil {
		t.Fatal(err)
	}
	th, c := thread(), consent()
	build := func(seq int, prev id.Envelope, signer seal.SignPrivate, change func(header, control map[string]any)) answer {
		t.Helper()
		header := map[string]any{
			"from": "MD", "to": "MK", "created": now, "expires": now.Add(exchange.DefaultLife), "sheet": 1, "log": "",
			"roster": map[string]any{"version": w.roster.Roster.Version, "hash": hash},
		}
		control := map[string]any{
			"kind": "identity", "from_desk": "focal-point", "to_desk": "focal-point", "realm": "assistance", "thread": th, "side": "a",
			"seq": seq, "prev": prev, "replaces": "", "immediate": false, "consent": c, "basis": "consent", "rule": "test-row",
			"categories": []string{"identity.names", "languages"}, "urgency": "", "risk": "", "onward": false, "until": 0, "bundle": "",
			"body": map[string]any{},
		}
		if change != nil {
			change(header, control)
		}
		a := js.ask(request{
			Op: "envelope.build", Header: header, Control: control, Content: words, Node: mk.control.Public().Bytes(),
			Desk: mk.intake.Public().Bytes(), Signer: signer.Bytes(),
		})
		if a.Error != "" {
			t.Fatal(a.Error)
		}
		return a
	}
	receive := func(b []byte) (envelope.Stage, envelope.Refusal) {
		t.Helper()
		receipt, err := mk.Receive(t.Context(), exchange.Pushed, b)
		if err != nil {
			t.Fatal(err)
		}
		there := js.ask(request{Op: "receipt.open", Receipt: receipt, Members: signers(t, w.roster.Roster)})
		if there.Error != "" || there.Digest != envelope.Digest(receipt) {
			t.Errorf("the receipt there: %s, %s", there.Error, there.Digest)
		}
		var says envelope.Receipt
		if err := json.Unmarshal(there.Says, &says); err != nil || says.By != "MK" || says.From != "MD" && says.From != "RS" {
			t.Errorf("the receipt there says %s, %v", there.Says, err)
		}
		return says.Stage, says.Refusal
	}
	first := build(1, "", md.envelope, nil)
	if stage, refusal := receive(first.File); stage != envelope.Delivered {
		t.Fatalf("%s %s", stage, refusal)
	}
	if got := mk.did(th, envelope.Opener); !bytes.Equal(got, []byte{1}) {
		t.Fatalf("effects %v", got)
	}
	e := mk.effects[0].Envelope
	if plain, err := e.OpenContent(mk.intake); err != nil || !bytes.Equal(plain, words) || e.ID != first.ID {
		t.Errorf("%q, %v, %s", plain, err, e.ID)
	}
	second := build(2, first.ID, md.envelope, nil)
	if stage, _ := receive(second.File); stage != envelope.Delivered || !bytes.Equal(mk.did(th, envelope.Opener), []byte{1, 2}) {
		t.Errorf("the second: %s, effects %v", stage, mk.did(th, envelope.Opener))
	}
	for name, x := range map[string]struct {
		b    answer
		want envelope.Refusal
	}{
		"clock": {build(1, "", md.envelope, func(h, _ map[string]any) {
			h["created"], h["expires"] = now.Add(2*envelope.MaxAhead), now.Add(3*envelope.MaxAhead)
		}), envelope.Clock},
		"desk":  {build(3, second.ID, md.envelope, func(_, c map[string]any) { c["to_desk"] = "nowhere" }), envelope.UnknownDesk},
		"place": {build(2, first.ID, md.envelope, func(_, c map[string]any) { c["urgency"] = "urgent" }), envelope.PlaceTaken},
		"realm": {build(3, second.ID, md.envelope, func(_, c map[string]any) { c["realm"] = "prosecution" }), envelope.NotPermitted},
	} {
		if stage, refusal := receive(x.b.File); stage != envelope.Refused || refusal != x.want {
			t.Errorf("%s: %s %s, want %s", name, stage, refusal, x.want)
		}
	}
	forged := build(3, second.ID, rs.envelope, nil)
	if _, err := mk.Receive(t.Context(), exchange.Pushed, forged.File); err == nil {
		t.Error("what another member signed in the name of MD is received")
	}
}

// TestInteropSentHere lets the program open what a real node sealed, and answer it with a receipt that the sender takes.
func TestInteropSentHere(t *testing.T) {
	js := startForeign(t)
	w, md, mk := two(t)
	e := md.seal(letter("MK", thread(), consent()))
	o := md.out(e)
	open := request{
		Op: "envelope.open", File: o.Bytes, Members: signers(t, w.roster.Roster), Control: blob(mk.control.Bytes()), Content: mk.intake.Bytes(),
	}
	there := js.ask(open)
	if there.Error != "" || there.ID != e || !bytes.Equal(there.Again, o.Bytes) || string(there.Content) != "Ana Anić, 1 January 2001" {
		t.Fatalf("there: %s %s %q", there.Error, there.ID, there.Content)
	}
	parsed, err := envelope.Parse(o.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	control, err := parsed.OpenControl(mk.control)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := frame.Encode(control); err != nil || !bytes.Equal(text, there.Canonical) {
		t.Errorf("the control there: %s\nhere: %s, %v", there.Canonical, text, err)
	}
	other := open
	other.Control = blob(md.control.Bytes())
	if a := js.ask(other); a.Key != "exchange.control.key" {
		t.Errorf("with another key: %q", a.Error)
	}
	other = open
	other.Members = map[id.Member][]string{"MD": signers(t, w.roster.Roster)["RS"]}
	if a := js.ask(other); a.Key != "exchange.signature" {
		t.Errorf("under another roster: %q", a.Error)
	}
	hash, err := w.roster.Roster.Hash()
	if err != nil {
		t.Fatal(err)
	}
	made := js.ask(request{Op: "receipt.make", Signer: mk.envelope.Bytes(), Says: map[string]any{
		"envelope": e, "from": "MD", "by": "MK", "stage": "delivered", "refusal": "", "at": frame.At(w.clock.Now()),
		"leaf": envelope.Digest(nil), "previous": "", "ground": "", "until": 0,
		"roster": map[string]any{"version": w.roster.Roster.Version, "hash": hash},
	}})
	if made.Error != "" {
		t.Fatal(made.Error)
	}
	if err := md.TakeReceipt(t.Context(), made.Receipt); err != nil {
		t.Fatal(err)
	}
	if got := md.out(e); got.State != exchange.OutDelivered || !bytes.Equal(got.Receipt, made.Receipt) {
		t.Errorf("the sender has %s after a receipt made there", got.State)
	}
}

// TestInteropVectors runs the published vectors of envelopes, receipts, courier files and forms there.
func TestInteropVectors(t *testing.T) {
	js := startForeign(t)
	unhex := func(s string) seal.Blob {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	unblob := func(s string) seal.Blob {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	members := func(line string) map[id.Member][]string {
		all := map[id.Member][]string{}
		for entry := range strings.SplitSeq(line, " ") {
			name, key, _ := strings.Cut(entry, "=")
			all[id.Member(name)] = append(all[id.Member(name)], key)
		}
		return all
	}
	tried := 0
	for _, kind := range []string{"envelope", "receipt", "courier", "frame"} {
		files, err := filepath.Glob("../../spec/testdata/" + kind + "/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			head, body, _ := strings.Cut(string(raw), "\n\n")
			v := map[string]string{}
			for line := range strings.Lines(head) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				v[name] = value
			}
			var got answer
			var right bool
			switch kind {
			case "envelope":
				got = js.ask(request{
					Op: "envelope.open", File: unblob(v["envelope"]), Members: members(v["roster"]),
					Control: blob(unhex(v["control-key"])), Content: unhex(v["content-key"]),
				})
				right = string(got.ID) == v["id"] && blob(got.Again) == v["envelope"] && string(got.Canonical) == v["control"] &&
					hex.EncodeToString(got.Content) == v["content"]
			case "receipt":
				got = js.ask(request{Op: "receipt.open", Receipt: []byte(v["receipt"]), Members: members(v["roster"])})
				right = got.Digest == v["digest"]
			case "courier":
				got = js.ask(request{Op: "courier.open", File: unblob(v["file"])})
				records := ""
				for _, k := range got.Kinds {
					records += strconv.Itoa(k)
				}
				right = records == v["records"]
			case "frame":
				text := seal.Blob(strings.TrimSuffix(body, "\n"))
				if v["encoding"] == "hex" {
					text = unhex(string(text))
				}
				count, _ := strconv.Atoi(v["count"]) // of parts only
				got = js.ask(request{Op: "frame." + v["kind"], Text: text, Count: count})
				right = bytes.Equal(got.Again, text)
				if must := strings.Fields(v["must"]); must[0] == "refuse" {
					v["must"], v["why"] = must[0], must[2]
				}
			}
			if v["must"] == "accept" && (got.Error != "" || !right) || v["must"] == "refuse" && got.Key != v["why"] {
				t.Errorf("%s %s must %s %s, there: %q %s", kind, filepath.Base(path), v["must"], v["why"], got.Key, got.Error)
			}
			tried++
		}
	}
	if tried < 100 {
		t.Errorf("only %d vectors tried", tried)
	}
}

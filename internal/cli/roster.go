package cli

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/sorting"
)

// The ceremony: every member makes a root key (roster key) on a machine that is on no network, and prints the line of
// its node (roster line). One of them puts the roster together (roster draft, roster propose); each looks at it (roster show) and signs
// it (roster sign); the signatures are put together (roster assemble). Everybody compares the fingerprint in person and
// takes the file: member join the first time, roster accept from then on. All of it by files.

type rosterCommand struct {
	Show     rosterShow     `cmd:"" help:"Show a roster file, or the roster in force."`
	Key      rosterKey      `cmd:"" help:"Make a root key, sealed under a passphrase."`
	Line     rosterLine     `cmd:"" help:"Print the line of a node, from its files."`
	Draft    rosterDraft    `cmd:"" help:"Put lines and root keys together into a draft."`
	Propose  rosterPropose  `cmd:"" help:"Put the next roster together."`
	Sign     rosterSign     `cmd:"" help:"Sign a roster with a root key."`
	Assemble rosterAssemble `cmd:"" help:"Put a roster and its signatures together."`
	Accept   rosterAccept   `cmd:"" help:"Take a newer roster into a node."`
}

// keyFile is a root key as it rests: the seed under a passphrase.
type keyFile struct {
	Format  int             `json:"v"`
	Member  id.Member       `json:"member"`
	Public  seal.SignPublic `json:"public"`
	Salt    seal.Blob       `json:"salt"` // makes the key of this file differ from every other
	Stretch seal.Stretch    `json:"stretch"`
	Sealed  seal.Blob       `json:"sealed"`
}

func (k keyFile) aad() []byte {
	return frame.JoinText("opentrm/root-key-file/1", string(k.Member), string(k.Public.ID()))
}

func (k keyFile) open(passphrase string) (seal.SignPrivate, error) {
	if err := k.Stretch.Check(); err != nil {
		return seal.SignPrivate{}, err
	}
	salt, err := seal.ParseKey(k.Salt)
	if err != nil {
		return seal.SignPrivate{}, err
	}
	key, err := k.Stretch.Key(passphrase, salt)
	if err != nil {
		return seal.SignPrivate{}, err
	}
	defer key.Wipe()
	seed, err := key.Open(k.aad(), k.Sealed)
	if err != nil {
		return seal.SignPrivate{}, fault.New(fault.Denied, "cli.root.passphrase")
	}
	defer clear(seed)
	return seal.ParseSignPrivate(seed)
}

type rosterKey struct {
	Member     id.Member `arg:""`
	File       string    `arg:"" type:"path" help:"File to write; must not be there yet."`
	Passphrase string    `name:"passphrase-file" type:"path" env:"OPENTRM_PASSPHRASE_FILE" help:"File of mode 0600; asked for otherwise."`
}

func (c *rosterKey) Run(s *console.Screen) error {
	passphrase, err := s.Secret("Passphrase of the root key, at least 14 characters", c.Passphrase)
	if err != nil {
		return err
	}
	if err := seal.CheckPassphrase(passphrase); err != nil {
		return err
	}
	private, salt := seal.NewSign(rand.Reader), seal.NewKey(rand.Reader)
	defer private.Wipe()
	k := keyFile{Format: 1, Member: c.Member, Public: private.Public(), Salt: salt.Bytes(), Stretch: seal.NewStretch(rand.Reader)}
	key, err := k.Stretch.Key(passphrase, salt)
	if err != nil {
		return err
	}
	defer key.Wipe()
	seed := private.Bytes()
	defer clear(seed)
	k.Sealed = key.Seal(k.aad(), seed)
	b, err := frame.Encode(k)
	if err != nil {
		return err
	}
	if err := console.WriteNew(c.File, b); err != nil {
		return err
	}
	return s.Print(member.RootKey{Member: c.Member, Key: k.Public}, func(w io.Writer) { fmt.Fprintf(w, "public\t%s\n", k.Public.ID()) })
}

type rosterLine struct {
	local
	Name      string            `help:"What the member is called."`
	Kind      member.Kind       `default:"country" help:"Kind of member."`
	Address   []string          `help:"Where other nodes find it, https://host:port; none: it calls out only."`
	Mailbox   bool              `help:"Keeps envelopes for members without an address."`
	Authority []seal.SignPublic `help:"Authority keys, as key authority printed them."`
}

func (c *rosterLine) Run(s *console.Screen) error {
	return c.with(s, func(n *node.Node) error {
		line, err := n.Line(s.Context)
		if err != nil {
			return err
		}
		line.Name, line.Kind, line.Mailbox = c.Name, c.Kind, c.Mailbox
		line.Addresses = append([]string{}, c.Address...)
		line.Keys.Authority = append([]seal.SignPublic{}, c.Authority...)
		return s.Raw(line)
	})
}

type rosterDraft struct {
	Network string   `arg:"" help:"What the network is called."`
	Lines   []string `name:"line" required:"" type:"existingfile" help:"Lines of the members, one file each."`
	Roots   []string `name:"root" required:"" type:"existingfile" help:"Root key files, or what roster key printed."`
}

// Run puts the first draft of a roster together: more than half of the root keys sign.
func (c *rosterDraft) Run(s *console.Screen) error {
	next := member.Roster{Network: c.Network, Members: []member.Member{}}
	for _, path := range c.Lines {
		var line member.Member
		if err := console.ReadJSON(s, path, &line); err != nil {
			return err
		}
		next.Members = append(next.Members, line)
	}
	for _, path := range c.Roots {
		b, err := console.ReadFile(s, path)
		if err != nil {
			return err
		}
		var of struct {
			Member id.Member       `json:"member"`
			Public seal.SignPublic `json:"public"` // of a key file
			Key    seal.SignPublic `json:"key"`    // as printed
		}
		if err := json.Unmarshal(b, &of); err != nil {
			return fault.Wrap(fault.Invalid, "cli.json", err).With("file", path)
		}
		if of.Public.IsZero() {
			of.Public = of.Key
		}
		next.Root.Keys = append(next.Root.Keys, member.RootKey{Member: of.Member, Key: of.Public})
	}
	sorting.By(next.Members, func(a, b member.Member) int { return strings.Compare(string(a.ID), string(b.ID)) })
	sorting.By(next.Root.Keys, func(a, b member.RootKey) int { return strings.Compare(string(a.Member), string(b.Member)) })
	next.Root.Threshold = len(next.Root.Keys)/2 + 1
	return s.Raw(next)
}

type rosterPropose struct {
	Draft  string `arg:"" type:"existingfile" help:"JSON of the roster: network, root, members. Version, times and the link to the one before are filled in."`
	File   string `arg:"" type:"path" help:"File to write; must not be there yet."`
	Before string `type:"existingfile" help:"Signed roster in force; none for the first."`
}

func (c *rosterPropose) Run(s *console.Screen) error {
	var next member.Roster
	if err := console.ReadJSON(s, c.Draft, &next); err != nil {
		return err
	}
	var before *member.Roster
	if c.Before != "" {
		held, err := c.read(s, c.Before)
		if err != nil {
			return err
		}
		before = &held.Roster
	}
	roster, err := member.Propose(before, next, console.Present())
	if err != nil {
		return err
	}
	b, err := member.Assemble(roster, nil, nil).Encode()
	if err != nil {
		return err
	}
	if err := console.WriteNew(c.File, b); err != nil {
		return err
	}
	return showRoster(s, member.Signed{Roster: roster})
}

func (*rosterPropose) read(s *console.Screen, path string) (member.Signed, error) {
	return readRoster(s, path)
}

func readRoster(s *console.Screen, path string) (member.Signed, error) {
	b, err := console.ReadFile(s, path)
	if err != nil {
		return member.Signed{}, err
	}
	return member.ParseRoster(b)
}

func showRoster(s *console.Screen, signed member.Signed) error {
	r := signed.Roster
	hash, err := r.Hash()
	if err != nil {
		return err
	}
	fingerprint, err := r.Root.Fingerprint(r.Network)
	if err != nil {
		return err
	}
	out := struct {
		Hash        string        `json:"hash"`
		Fingerprint string        `json:"fingerprint"`
		Signed      member.Signed `json:"signed"`
	}{hash, fingerprint, signed}
	return s.Print(out, func(w io.Writer) {
		fmt.Fprintf(w, "network\t%s\nversion\t%d\nexpires\t%s\nhash\t%s\nroot set\t%d, %d of %d sign\nfingerprint\t%s\nsignatures\t%d\n", r.Network, r.Version,
			console.When(r.Expires), hash, r.Root.Version, r.Root.Threshold, len(r.Root.Keys), fingerprint, len(signed.Signatures))
		for _, m := range r.Members {
			fmt.Fprintf(w, "member\t%s\t%s\t%s\t%s\n", m.ID, m.Name, m.Kind, m.Status)
		}
	})
}

type rosterShow struct {
	console.Remote
	File string `arg:"" optional:"" type:"existingfile"`
}

func (c *rosterShow) Run(s *console.Screen) error {
	if c.File != "" {
		signed, err := readRoster(s, c.File)
		if err != nil {
			return err
		}
		return showRoster(s, signed)
	}
	node, err := c.Open(s)
	if err != nil {
		return err
	}
	var out struct {
		Signed json.RawMessage `json:"signed"`
	}
	if err := node.Call(http.MethodGet, "/roster", nil, &out); err != nil {
		return err
	}
	b, err := frame.Canonical(out.Signed)
	if err != nil {
		return err
	}
	signed, err := member.ParseRoster(b)
	if err != nil {
		return err
	}
	return showRoster(s, signed)
}

type rosterSign struct {
	File       string `arg:"" type:"existingfile" help:"Roster."`
	Key        string `arg:"" type:"existingfile" help:"Root key."`
	Out        string `arg:"" type:"path" help:"File for the signature; must not be there yet."`
	Before     string `type:"existingfile" help:"Signed roster in force: signs that its root set is handed over."`
	Passphrase string `name:"passphrase-file" type:"path" env:"OPENTRM_PASSPHRASE_FILE" help:"File of mode 0600; asked for otherwise."`
}

// signatureFile is one signature on its way to whoever puts them together.
type signatureFile struct {
	Handover  bool                 `json:"handover"`
	Signature member.RootSignature `json:"signature"`
}

func (c *rosterSign) Run(s *console.Screen) error {
	signed, err := readRoster(s, c.File)
	if err != nil {
		return err
	}
	b, err := console.ReadFile(s, c.Key)
	if err != nil {
		return err
	}
	var k keyFile
	if err := frame.Decode(b, 4<<10, &k); err != nil {
		return err
	}
	passphrase, err := s.Secret("Passphrase of the root key", c.Passphrase)
	if err != nil {
		return err
	}
	key, err := k.open(passphrase)
	if err != nil {
		return err
	}
	defer key.Wipe()
	out := signatureFile{Handover: c.Before != ""}
	if out.Handover {
		before, err := readRoster(s, c.Before)
		if err != nil {
			return err
		}
		out.Signature, err = signed.Roster.SignHandover(before.Roster.Root, key)
		if err != nil {
			return err
		}
	} else if out.Signature, err = signed.Roster.Sign(key); err != nil {
		return err
	}
	if b, err = frame.Encode(out); err != nil {
		return err
	}
	if err := console.WriteNew(c.Out, b); err != nil {
		return err
	}
	return s.Done("signed as " + string(out.Signature.Member))
}

type rosterAssemble struct {
	File       string   `arg:"" type:"existingfile" help:"Roster."`
	Out        string   `arg:"" type:"path" help:"File to write; must not be there yet."`
	Signatures []string `arg:"" type:"existingfile"`
}

func (c *rosterAssemble) Run(s *console.Screen) error {
	signed, err := readRoster(s, c.File)
	if err != nil {
		return err
	}
	var own, handover []member.RootSignature
	for _, path := range c.Signatures {
		b, err := console.ReadFile(s, path)
		if err != nil {
			return err
		}
		var one signatureFile
		if err := frame.Decode(b, 4<<10, &one); err != nil {
			return err
		}
		if one.Handover {
			handover = append(handover, one.Signature)
		} else {
			own = append(own, one.Signature)
		}
	}
	signed = member.Assemble(signed.Roster, own, handover)
	fingerprint, err := signed.Roster.Root.Fingerprint(signed.Roster.Network)
	if err != nil {
		return err
	}
	if err := member.Trust(signed, fingerprint, console.Present()); err != nil {
		return err
	}
	b, err := signed.Encode()
	if err != nil {
		return err
	}
	if err := console.WriteNew(c.Out, b); err != nil {
		return err
	}
	return showRoster(s, signed)
}

type rosterAccept struct {
	console.Remote
	File string `arg:"" type:"existingfile"`
}

func (c *rosterAccept) Run(s *console.Screen) error {
	b, err := console.ReadFile(s, c.File)
	if err != nil {
		return err
	}
	return console.Do(s, c.Remote, http.MethodPut, "/roster", map[string]any{"signed": b}, "accepted")
}

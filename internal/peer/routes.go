package peer

import (
	"net/http"
	"strconv"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/member"
)

// Route is one line of the table of what another node may ask.
type Route struct {
	Pattern string
	Action  access.Action // what it is for package access; empty: Public says why not
	Public  string        // why every member may
	Limit   int64         // bytes of a request
	Cost    int64         // bytes of memory that an answer may take
	handle  func(*Server, http.ResponseWriter, *call) error
}

// Routes returns the table.
func Routes() []Route {
	return []Route{
		{Pattern: "PUT /exchange/v1/envelopes/{id}", Action: access.DeliverExchange, Limit: envelope.MaxEnvelope, handle: (*Server).push},
		{Pattern: "PUT /exchange/v1/envelopes", Action: access.DeliverExchange, Limit: fillParcel + 4*maxPushed, handle: (*Server).pushes},
		{Pattern: "GET /exchange/v1/waiting", Action: access.PullExchange, Cost: maxParcel, handle: (*Server).waiting},
		{Pattern: "PUT /exchange/v1/receipts", Action: access.DeliverExchange, Limit: maxItems * (envelope.MaxReceipt + 4), handle: (*Server).receipts},
		{Pattern: "PUT /exchange/v1/mailbox/{member}/{id}", Action: access.RelayExchange, Limit: envelope.MaxEnvelope, handle: (*Server).deposit},
		{Pattern: "GET /exchange/v1/roster", Public: "the roster is signed and every member holds it", Cost: member.MaxRoster, handle: (*Server).roster},
		{Pattern: "GET /exchange/v1/sheets/{member}", Public: "a desk sheet is signed and every member holds it", Cost: member.MaxSheet, handle: (*Server).sheet},
		{Pattern: "GET /exchange/v1/log/checkpoint", Public: "a checkpoint is signed to be shown", Cost: 64 << 10, handle: (*Server).checkpoint},
		{Pattern: "GET /exchange/v1/log/{epoch}/consistency/{old}", Public: "a proof between signed sizes tells nothing else", Cost: 64 << 10, handle: (*Server).consistency},
		{Pattern: "GET /exchange/v1/log/{epoch}/proof/{leaf}", Public: "a proof for a leaf whose hash a receipt names", Cost: 64 << 10, handle: (*Server).proof},
		{Pattern: "GET /exchange/v1/log/{epoch}/{tile...}", Public: "tiles hold hashes only", Cost: 64 << 10, handle: (*Server).tile},
	}
}

// permits asks package access whether the node of a member may use the route.
func (r Route) permits(from id.Member) error {
	if r.Action == "" {
		return nil
	}
	return access.Check(access.Peer(from), r.Action, access.Resource{Noun: "exchange", Realm: access.Office, Member: from})
}

// named checks that the body is an envelope of the caller with the identifier of the path.
func (c *call) named() (envelope.Envelope, error) {
	e, err := c.own(c.body)
	if err == nil && string(e.ID) != c.PathValue("id") {
		err = fault.New(fault.Invalid, "peer.envelope.id")
	}
	return e, err
}

// own reads an envelope of the caller.
func (c *call) own(b []byte) (envelope.Envelope, error) {
	e, err := envelope.Parse(b)
	if err == nil && e.Header.From != c.from.ID {
		err = fault.New(fault.Denied, "peer.envelope.sender")
	}
	return e, err
}

// push takes an envelope for this member; the answer is its receipt.
func (s *Server) push(w http.ResponseWriter, c *call) error {
	e, err := c.named()
	if err != nil {
		return err
	}
	a := s.Exchange.ReceiveAll(c.Context(), exchange.Pushed, []envelope.Envelope{e})[0]
	if a.Err != nil {
		return a.Err
	}
	return answer(w, receiptType, a.Receipt)
}

// pushes takes envelopes for this member; the answer has the receipt of each, or why there is none.
func (s *Server) pushes(w http.ResponseWriter, c *call) error {
	list, err := openParcel(c.body, envelope.MaxEnvelope)
	if err != nil {
		return err
	}
	if len(list) == 0 || len(list) > maxPushed {
		return fault.New(fault.Invalid, "peer.parcel")
	}
	if err := s.gate.more(c.from.ID, len(list)-1); err != nil {
		return err
	}
	answers := make([][]byte, len(list))
	good := make([]envelope.Envelope, 0, len(list))
	places := make([]int, 0, len(list))
	for i, b := range list {
		e, err := c.own(b)
		if err != nil {
			answers[i] = s.refuse(c, err)
			continue
		}
		good, places = append(good, e), append(places, i)
	}
	for k, a := range s.Exchange.ReceiveAll(c.Context(), exchange.Pushed, good) {
		if answers[places[k]] = a.Receipt; a.Err != nil {
			answers[places[k]] = s.refuse(c, a.Err)
		}
	}
	return answer(w, parcelType, packParcel(answers))
}

// waiting gives the caller what waits here for her.
func (s *Server) waiting(w http.ResponseWriter, c *call) error {
	after := id.Envelope(c.URL.Query().Get("after"))
	if after != "" && !hexes(string(after), 64) {
		return fault.New(fault.Invalid, "peer.envelope.id")
	}
	p, err := s.Exchange.Waiting(c.Context(), c.from.ID, after)
	if err != nil {
		return err
	}
	size := 0
	for i, b := range p.Envelopes {
		size += len(b)
		if i > 0 && size > fillParcel {
			p.Envelopes, p.More = p.Envelopes[:i], true
			break
		}
	}
	w.Header().Set(moreHeader, strconv.FormatBool(p.More))
	return answer(w, parcelType, packParcel(p.Envelopes))
}

// receipts takes receipts for what the caller collected.
func (s *Server) receipts(w http.ResponseWriter, c *call) error {
	list, err := openParcel(c.body, envelope.MaxReceipt)
	if err != nil {
		return err
	}
	if err := s.Exchange.Returned(c.Context(), c.from.ID, list); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deposit keeps an envelope for a third member; the answer is this node's receipt that it is kept.
func (s *Server) deposit(w http.ResponseWriter, c *call) error {
	e, err := c.named()
	if err != nil {
		return err
	}
	if string(e.Header.To) != c.PathValue("member") {
		return fault.New(fault.Invalid, "exchange.wrong-member")
	}
	receipt, err := s.Exchange.Deposit(c.Context(), c.body)
	if err != nil {
		return err
	}
	return answer(w, receiptType, receipt)
}

// roster gives the roster in force.
func (s *Server) roster(w http.ResponseWriter, c *call) error {
	var body []byte
	err := s.Pins.Read(c.Context(), func(tx Tx) error {
		held, err := member.InForce(c.Context(), tx)
		if err == nil {
			body, err = held.Signed.Encode()
		}
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, "application/json", body)
}

// sheet gives the desk sheet of a member.
func (s *Server) sheet(w http.ResponseWriter, c *call) error {
	of, err := id.ParseMember(c.PathValue("member"))
	if err != nil {
		return err
	}
	var body []byte
	err = s.Pins.Read(c.Context(), func(tx Tx) error {
		held, err := member.SheetOf(c.Context(), tx, of)
		if err == nil {
			body, err = held.Signed.Encode()
		}
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, "application/json", body)
}

// checkpoint gives the newest checkpoint of this node's log, with its cosignatures.
func (s *Server) checkpoint(w http.ResponseWriter, c *call) error {
	var text string
	err := s.Pins.Read(c.Context(), func(tx Tx) error {
		newest, by, err := signed(c, tx)
		text = newest.Joined(by)
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, "text/plain; charset=utf-8", []byte(text))
}

// signed returns the newest checkpoint and who has cosigned it.
func signed(c *call, tx Tx) (audit.Checkpoint, []audit.Cosignature, error) {
	newest, err := audit.Newest(c.Context(), tx)
	if err != nil {
		return newest, nil, err
	}
	by, err := tx.AuditCosignatures(c.Context(), newest.At, newest.At+1, member.MaxMembers)
	return newest, by, err
}

// under returns a view of the log and the newest checkpoint, which must be of the epoch in the path: nothing
// is shown that was not signed.
func under(c *call, tx Tx) (*audit.View, audit.Checkpoint, []audit.Cosignature, error) {
	newest, by, err := signed(c, tx)
	if err != nil {
		return nil, newest, nil, err
	}
	if strconv.FormatInt(newest.At.Epoch(), 10) != c.PathValue("epoch") {
		return nil, newest, nil, fault.New(fault.NotFound, "peer.log.epoch")
	}
	v, err := audit.Look(c.Context(), tx)
	return v, newest, by, err
}

func (c *call) number(name string) (int64, error) {
	n, err := strconv.ParseInt(c.PathValue(name), 10, 64)
	if err != nil || n < 0 || n > 1<<41 || strconv.FormatInt(n, 10) != c.PathValue(name) {
		return 0, fault.New(fault.Invalid, "peer.log.number")
	}
	return n, nil
}

// consistency gives the proof that the newest checkpoint's log began with the log of an older size, in the form
// in which it is asked of a witness (c2sp.org/tlog-witness).
func (s *Server) consistency(w http.ResponseWriter, c *call) error {
	old, err := c.number("old")
	if err != nil {
		return err
	}
	var text string
	err = s.Pins.Read(c.Context(), func(tx Tx) error {
		v, newest, _, err := under(c, tx)
		if err != nil {
			return err
		}
		r, err := v.Ask(c.Context(), newest, old)
		text = r.Text()
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, "text/plain; charset=utf-8", []byte(text))
}

// proof gives the proof that a leaf is under the newest checkpoint (c2sp.org/tlog-proof).
func (s *Server) proof(w http.ResponseWriter, c *call) error {
	index, err := c.number("leaf")
	if err != nil {
		return err
	}
	var text string
	err = s.Pins.Read(c.Context(), func(tx Tx) error {
		v, newest, by, err := under(c, tx)
		if err != nil {
			return err
		}
		p, err := v.Prove(c.Context(), audit.At(newest.At.Epoch(), index), newest, by)
		text = p.Text()
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, "text/plain; charset=utf-8", []byte(text))
}

// tile gives a resource of the log as c2sp.org/tlog-tiles names it.
func (s *Server) tile(w http.ResponseWriter, c *call) error {
	var body []byte
	err := s.Pins.Read(c.Context(), func(tx Tx) error {
		v, newest, _, err := under(c, tx)
		if err != nil {
			return err
		}
		body, err = v.Tile(c.Context(), newest.At, c.PathValue("tile"))
		return err
	})
	if err != nil {
		return err
	}
	return answer(w, "application/octet-stream", body)
}

func answer(w http.ResponseWriter, contentType string, body []byte) error {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // whoever went away asks again
	return nil
}

func hexes(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

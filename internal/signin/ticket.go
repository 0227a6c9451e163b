package signin

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/seal"
)

// StepLimit is how long a step of a sign-in may take after the one before.
const StepLimit = 5 * time.Minute

const (
	infoChallenge = "opentrm/challenge/1"
	infoTicket    = "opentrm/ticket/1"
)

func late() error { return fault.New(fault.Conflict, "signin.passkey.late") }

// challenge draws what a passkey is asked to sign: nobody else can make one, and it is good for one kind of step, for whoever it is
// bound to and for a while. Nothing is kept of it before it is answered, so that asking costs the node nothing.
func (s *Service) challenge(kind, bound string) []byte {
	k := s.Pepper.Derive(infoChallenge)
	defer k.Wipe()
	return k.Seal(frame.JoinText(infoChallenge, kind, bound), binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(StepLimit))))
}

// answered returns the challenge that a browser says was signed, and when its time is over, if it is one of ours of that kind and bound
// to the same.
//
// It fails with [fault.Conflict] otherwise. Who signed it is not known yet.
func (s *Service) answered(kind, bound string, client []byte) ([]byte, frame.Time, error) {
	var said struct {
		Challenge string `json:"challenge"`
	}
	if json.Unmarshal(client, &said) != nil {
		return nil, 0, late()
	}
	challenge, err := base64.RawURLEncoding.Strict().DecodeString(said.Challenge)
	if err != nil || bound == "" {
		return nil, 0, late()
	}
	k := s.Pepper.Derive(infoChallenge)
	defer k.Wipe()
	plain, err := k.Open(frame.JoinText(infoChallenge, kind, bound), challenge)
	if err != nil || len(plain) != 8 {
		return nil, 0, late()
	}
	ends := frame.Time(binary.BigEndian.Uint64(plain))
	if ends <= s.now() {
		return nil, 0, late()
	}
	return challenge, ends, nil
}

// ticket carries an opened master key from one step to the next, through the browser, which cannot open it: it is wrapped under a
// key of the node and good for one kind of step, for whoever it is bound to and for a while.
func (s *Service) ticket(kind, bound string, user id.User, master seal.Key) string {
	k := s.Pepper.Derive(infoTicket)
	defer k.Wipe()
	ends := strconv.FormatInt(int64(s.now().Add(StepLimit)), 10)
	wrapped := k.Wrap(master, frame.JoinText(infoTicket, kind, bound, string(user), ends))
	return string(user) + "." + ends + "." + base64.RawURLEncoding.EncodeToString(wrapped)
}

// redeem opens a ticket.
//
// It fails with [fault.Conflict] if it is of another kind or bound to somebody else, or if its time is over.
func (s *Service) redeem(kind, bound, ticket string) (id.User, seal.Key, error) {
	parts := strings.Split(ticket, ".")
	if len(parts) != 3 || len(ticket) > 300 {
		return "", seal.Key{}, late()
	}
	ends, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || frame.Time(ends) <= s.now() {
		return "", seal.Key{}, late()
	}
	wrapped, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return "", seal.Key{}, late()
	}
	k := s.Pepper.Derive(infoTicket)
	defer k.Wipe()
	master, err := k.Unwrap(wrapped, frame.JoinText(infoTicket, kind, bound, parts[0], parts[1]))
	if err != nil {
		return "", seal.Key{}, late()
	}
	return id.User(parts[0]), master, nil
}

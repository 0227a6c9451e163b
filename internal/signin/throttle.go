package signin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
)

// attemptKeys are the three counters that an attempt falls under, and how many failures each bears
// before waiting begins. The pair of account and address is the strictest; the account alone the most
// patient, so that a stranger elsewhere cannot keep the owner out.
func attemptKeys(login, address string) map[string]int64 {
	return map[string]int64{
		attemptKey("both-", login, address): 3,
		attemptKey("from-", address):        20,
		attemptKey("name-", login):          100,
	}
}

// attemptKey names a counter without keeping the address or a mistyped login in clear.
func attemptKey(kind string, parts ...string) string {
	h := sha256.Sum256(frame.JoinText(parts...))
	return kind + hex.EncodeToString(h[:12])
}

const longestWait = 15 * time.Minute

// wait says how long nobody may try after a number of failures.
func wait(failures, free int64) time.Duration {
	if failures < free {
		return 0
	}
	if failures-free > 10 {
		return longestWait
	}
	return min(time.Second<<(failures-free), longestWait)
}

func (s *Service) admit(ctx context.Context, counters map[string]int64) error {
	now := s.now()
	return s.Read(ctx, func(tx Tx) error {
		for key := range counters {
			a, err := tx.Attempt(ctx, key)
			if err != nil {
				return err
			}
			if a.Until > now {
				return fault.New(fault.Unavailable, "signin.wait").With("seconds", strconv.Itoa(int(a.Until.Sub(now)/time.Second)+1))
			}
		}
		return nil
	})
}

// refuse counts and records a failure and returns what is answered to it.
func (s *Service) refuse(ctx context.Context, user id.User, counters map[string]int64, wrong error) error {
	entry := audit.Did(access.Node(s.Member), access.SignInSession, string(user)).Ended(wrong)
	err := s.Write(ctx, entry, func(tx Tx) error {
		for key, free := range counters {
			a, err := tx.Attempt(ctx, key)
			if err != nil {
				return err
			}
			a.Key = key
			a.Count++
			a.Until = s.now().Add(wait(a.Count, free))
			if err := tx.SetAttempt(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return wrong
}

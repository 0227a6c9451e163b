package node

import (
	"context"
	"slices"

	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
)

// wireDevices makes work without a network.
func (n *Node) wireDevices() {
	n.Devices = &device.Service{
		Write: guarded(n, store.Writer[device.Tx](n.DB)), Read: store.Reader[device.Tx](n.DB), Cases: n.Cases, Forms: n.Forms,
		Signer: func() seal.SignPrivate { return n.Keys().Envelope },
		Opens: func(ctx context.Context, tx device.Tx, user id.User, passkey string) (bool, error) {
			wide, ok := tx.(signin.Tx)
			if !ok {
				return false, fault.New(fault.Internal, "node.wiring")
			}
			all, err := wide.PasskeysOf(ctx, user)
			return slices.ContainsFunc(all, func(p signin.Passkey) bool { return p.ID == passkey }), err
		},
		Signed: func(ctx context.Context, by keyring.Bearer) (frame.Time, error) {
			all, err := n.Signin.Sessions(ctx, by.Actor, by.User)
			if err != nil {
				return 0, err
			}
			for _, s := range all {
				if s.ID == by.Session {
					return s.Created, nil
				}
			}
			return 0, fault.New(fault.Locked, "signin.over")
		},
	}
}

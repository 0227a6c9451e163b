package node

import (
	"context"

	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
	"github.com/opentrm/opentrm/internal/store"
)

// wireDevices makes work without a network.
func (n *Node) wireDevices() {
	n.Devices = &device.Service{
		Write: guarded(n, store.Writer[device.Tx](n.DB)), Read: store.Reader[device.Tx](n.DB), Cases: n.Cases, Forms: n.Forms,
		Signer: func() seal.SignPrivate { return n.Keys().Envelope },
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

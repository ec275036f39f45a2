package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// whoamiName is a small program that uses AWS, in place of all those that a
// person has: it finds its credentials as every program with an AWS SDK does.
const whoamiName = "sts-whoami"

// whoami prints who AWS says that we are.
func whoami(stdout, stderr io.Writer) int {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	arn, err := identity(ctx)
	if err == nil {
		_, err = fmt.Fprintf(stdout, "I am %s\n", arn)
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "%s: %v\n", whoamiName, err)
		return exitFailed
	}
	return exitDone
}

// identity asks STS. Everything it needs is in the environment and in the config
// file: the SDK finds it.
func identity(ctx context.Context) (string, error) {
	found, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return "", err
	}
	who, err := sts.NewFromConfig(found).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", err
	}
	return aws.ToString(who.Arn), nil
}

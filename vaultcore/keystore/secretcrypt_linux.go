package keystore

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"math/big"
)

// The encryption of a Secret Service session, as the specification of
// org.freedesktop.Secret names it: a key is agreed on by Diffie-Hellman in the 1024 bit
// group of RFC 2409, section 6.2, hashed by HKDF with SHA-256, and each secret is
// encrypted with AES in CBC mode. It hides secrets from whoever reads along on the bus;
// it says nothing of who the service is, which the bus does.
const encryptedSession = "dh-ietf1024-sha256-aes128-cbc-pkcs7"

// The group.
var (
	groupPrime, _  = new(big.Int).SetString("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF", 16)
	groupGenerator = big.NewInt(2)
	groupLast      = new(big.Int).Sub(groupPrime, big.NewInt(1)) // with 1 it has few powers: no public key of an honest peer
)

// newExponent makes a private key of the group.
func newExponent() (*big.Int, error) {
	exponent, err := rand.Int(rand.Reader, new(big.Int).Sub(groupLast, big.NewInt(2)))
	if err != nil {
		return nil, err
	}
	return exponent.Add(exponent, big.NewInt(2)), nil
}

// publicKey is what the other side gets of a private key.
func publicKey(exponent *big.Int) []byte {
	return new(big.Int).Exp(groupGenerator, exponent, groupPrime).Bytes()
}

// errPeerKey is a public key that no honest peer sends.
var errPeerKey = errors.New("its part of the key agreement is invalid")

// sessionKey is the key that two sides have in common: each has its own exponent and the
// other's public key.
func sessionKey(exponent *big.Int, theirs []byte) ([]byte, error) {
	public := new(big.Int).SetBytes(theirs)
	if public.Cmp(big.NewInt(1)) <= 0 || public.Cmp(groupLast) >= 0 {
		return nil, errPeerKey
	}
	shared := make([]byte, (groupPrime.BitLen()+7)/8) // leading zeros count
	defer clear(shared)
	new(big.Int).Exp(public, exponent, groupPrime).FillBytes(shared)
	return hkdf.Key(sha256.New, shared, nil, "", aes.BlockSize)
}

// encrypt returns a fresh initialization vector and what a secret looks like on the bus.
func encrypt(key, secret []byte) (iv, encrypted []byte, err error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	iv = make([]byte, aes.BlockSize)
	if _, err := rand.Read(iv); err != nil {
		return nil, nil, err
	}
	padding := aes.BlockSize - len(secret)%aes.BlockSize
	encrypted = make([]byte, 0, len(secret)+padding)
	encrypted = append(encrypted, secret...)
	encrypted = append(encrypted, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(encrypted, encrypted)
	return iv, encrypted, nil
}

// errNotEncrypted is an answer that was not encrypted with the key of the session.
var errNotEncrypted = errors.New("it sent something that is not encrypted as agreed")

// decrypt is the reverse of encrypt.
func decrypt(key, iv, encrypted []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if len(iv) != aes.BlockSize || len(encrypted) == 0 || len(encrypted)%aes.BlockSize != 0 {
		return nil, errNotEncrypted
	}
	secret := make([]byte, len(encrypted))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(secret, encrypted)
	padding := int(secret[len(secret)-1])
	if padding == 0 || padding > aes.BlockSize || !bytes.Equal(secret[len(secret)-padding:], bytes.Repeat([]byte{byte(padding)}, padding)) {
		clear(secret)
		return nil, errNotEncrypted
	}
	return secret[:len(secret)-padding], nil
}

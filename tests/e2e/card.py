#!/usr/bin/python3
"""An OpenPGP card 3.4 with one Ed25519 key to sign with, as far as scdaemon asks for it.

usage: card.py FILE

The card is in the reader while FILE is there; what it holds lasts as long as the process. The reader is pcscd's driver
of virtual ones (vpcd), which waits at a port that is the same on every machine: both run in a network of their own.
"""
import fcntl
import os
import socket
import struct
import sys
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

READER = ("127.0.0.1", 35963)
TRIES = 3

OK, NO_TRIES_LEFT, NOT_VERIFIED = 0x9000, 0x6983, 0x6982
NO_FILE, NO_OBJECT, NO_INSTRUCTION = 0x6A82, 0x6A88, 0x6D00
WRONG_PIN = 0x63C0                       # and how many tries are left

APPLICATION = bytes.fromhex("D27600012401")
AID = APPLICATION + bytes.fromhex("0304 FFFF 12345678 0000")     # version 3.4; a test card
HISTORICAL = bytes.fromhex("00 31C5 73C00180 05 9000")            # chaining, and no extended lengths
EXTENDED = bytes.fromhex("00 00 0000 0000 0000 00 00")            # nothing that may be left out
ED25519 = bytes.fromhex("16 2B06010401DA470F01")
CURVE25519 = bytes.fromhex("12 2B060104019755010501")
SIGN_PIN, ADMIN_PIN = 0x81, 0x83


def tlv(tag, *parts):
    value = b"".join(parts)
    length = bytes([len(value)]) if len(value) < 0x80 else bytes([0x81, len(value)])
    return tag.to_bytes(1 if tag < 0x100 else 2, "big") + length + value


def attach_check(atr):
    check = 0
    for byte in atr[1:]:
        check ^= byte
    return atr + bytes([check])


ATR = attach_check(bytes([0x3B, 0x80 | len(HISTORICAL), 0x80, 0x01]) + HISTORICAL)


class Card:
    def __init__(self):
        self.key = None
        self.signatures = 0
        self.pins = {SIGN_PIN: b"123456", ADMIN_PIN: b"12345678"}
        self.tries = {SIGN_PIN: TRIES, ADMIN_PIN: TRIES}
        self.verified = set()
        self.written = {0xC4: bytes(1), 0xC7: bytes(20), 0xCE: bytes(4)}

    def reset(self):
        self.verified.clear()

    def read_object(self, tag):
        pins = self.written[0xC4] + bytes([127, 127, 127, self.tries[SIGN_PIN], 0, self.tries[ADMIN_PIN]])
        fingerprints, times = self.written[0xC7] + bytes(40), self.written[0xCE] + bytes(8)
        discretionary = tlv(0x73, tlv(0xC0, EXTENDED), tlv(0xC1, ED25519), tlv(0xC2, CURVE25519), tlv(0xC3, ED25519),
                            tlv(0xC4, pins), tlv(0xC5, fingerprints), tlv(0xC6, bytes(60)), tlv(0xCD, times))
        objects = {
            0x4F: AID,
            0x5E: b"",
            0x5F50: b"",
            0x5F52: HISTORICAL,
            0x65: tlv(0x5B) + tlv(0x5F2D) + tlv(0x5F35, b"9"),
            0x6E: tlv(0x4F, AID) + tlv(0x5F52, HISTORICAL) + discretionary,
            0x7A: tlv(0x93, self.signatures.to_bytes(3, "big")),
            0xC4: pins,
        }
        return (objects[tag], OK) if tag in objects else (b"", NO_OBJECT)

    def select(self, p1, p2, data):
        return b"", OK if data == APPLICATION else NO_FILE

    def get_data(self, p1, p2, data):
        return self.read_object(p1 << 8 | p2)

    def put_data(self, p1, p2, data):
        tag = p1 << 8 | p2
        if ADMIN_PIN not in self.verified:
            return b"", NOT_VERIFIED
        if len(data) != len(self.written.get(tag, b"")):
            return b"", NO_OBJECT
        self.written[tag] = data
        return b"", OK

    def verify(self, p1, p2, data):
        if p2 not in self.pins:
            return b"", NO_OBJECT
        if not self.tries[p2]:
            return b"", NO_TRIES_LEFT
        if data == self.pins[p2]:
            self.tries[p2] = TRIES
            self.verified.add(p2)
            return b"", OK
        if data:
            self.tries[p2] -= 1
            self.verified.discard(p2)
        return b"", OK if p2 in self.verified else WRONG_PIN | self.tries[p2]

    def replace_pin(self, p1, p2, data):
        """By the admin PIN, which unblocks it."""
        if (p1, p2) != (2, SIGN_PIN) or ADMIN_PIN not in self.verified:
            return b"", NOT_VERIFIED
        self.pins[p2] = data
        self.tries[p2] = TRIES
        return b"", OK

    def make_key(self, p1, p2, data):
        if data[:1] != b"\xB6":
            return b"", NO_OBJECT
        if p1 == 0x80:
            if ADMIN_PIN not in self.verified:
                return b"", NOT_VERIFIED
            self.key = Ed25519PrivateKey.generate()
            self.signatures = 0
        if not self.key:
            return b"", NO_OBJECT
        return tlv(0x7F49, tlv(0x86, self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))), OK

    def sign(self, p1, p2, data):
        """A PIN is good for one signature, or, where the card was told so, for all."""
        if (p1, p2) != (0x9E, 0x9A) or not self.key:
            return b"", NO_OBJECT
        if SIGN_PIN not in self.verified:
            return b"", NOT_VERIFIED
        if self.written[0xC4] == bytes(1):
            self.verified.discard(SIGN_PIN)
        self.signatures += 1
        return self.key.sign(data), OK

    COMMANDS = {0xA4: select, 0xCA: get_data, 0xDA: put_data, 0x20: verify, 0x2C: replace_pin, 0x47: make_key,
                0x2A: sign}

    def answer(self, apdu):
        """Lengths are short: CLA INS P1 P2 [Lc data] [Le]."""
        _, instruction, p1, p2 = apdu[:4]
        data = apdu[5:5 + apdu[4]] if len(apdu) > 5 else b""
        command = self.COMMANDS.get(instruction)
        out, status = command(self, p1, p2, data) if command else (b"", NO_INSTRUCTION)
        return out + status.to_bytes(2, "big")


def raise_loopback():
    """In a network of its own it is down."""
    set_flags, up = 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, set_flags, struct.pack("16sh22x", b"lo", up))


def receive(connection, length):
    """The driver sends a length and then the message, which would wait until the length is acknowledged."""
    got = b""
    while len(got) < length:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = connection.recv(length - len(got))
        if not part:
            raise ConnectionError
        got += part
    return got


def serve(connection, card, inserted):
    """Messages of one byte are off, on, reset, which nobody answers, and the question for the ATR (4)."""
    while True:
        message = receive(connection, int.from_bytes(receive(connection, 2), "big"))
        if not os.path.exists(inserted):
            return
        if len(message) == 1 and message != b"\x04":
            card.reset()
            continue
        answer = ATR if len(message) == 1 else card.answer(message)
        connection.sendall(len(answer).to_bytes(2, "big") + answer)


def main():
    inserted = sys.argv[1]
    card = Card()
    raise_loopback()
    while True:
        if os.path.exists(inserted):
            try:
                with socket.create_connection(READER) as connection:
                    serve(connection, card, inserted)
            except ConnectionError:
                pass
            card.reset()
        time.sleep(0.05)


main()

/** Signatures about which implementations disagree. Who answers all of them as libsodium does may be asked. */

export interface Question {
  readonly what: string;
  readonly key: string;
  readonly message: string;
  readonly signature: string;
  readonly holds: boolean;
}

export const QUESTIONS: readonly Question[] = [
  {
    what: "an honest one",
    key: "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
    message: "00",
    signature:
      "bf512469e7f9b766bf5c75e47e84fda3ec887bd24d79b9165c19e01a88fe5f72" +
      "725dd15954e7da360e9c323132ff71023579d2d36a96e1bd595580c7f957ec01",
    holds: true,
  },
  {
    what: "the same over another message",
    key: "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
    message: "ff",
    signature:
      "bf512469e7f9b766bf5c75e47e84fda3ec887bd24d79b9165c19e01a88fe5f72" +
      "725dd15954e7da360e9c323132ff71023579d2d36a96e1bd595580c7f957ec01",
    holds: false,
  },
  {
    what: "a key of mixed order, where the equation holds without the cofactor",
    key: "fbb3211d177bccefd763d01a88f6473e43e5cf0a0740e44ab5c64460eefd4675",
    message: "27",
    signature:
      "bf512469e7f9b766bf5c75e47e84fda3ec887bd24d79b9165c19e01a88fe5f72" +
      "a9d8a899782320943b826fdec20e5f0cf1c515ac238475f655a864e57cb01602",
    holds: true,
  },
  {
    what: "a key of mixed order, where it holds with the cofactor alone",
    key: "fbb3211d177bccefd763d01a88f6473e43e5cf0a0740e44ab5c64460eefd4675",
    message: "02",
    signature:
      "bf512469e7f9b766bf5c75e47e84fda3ec887bd24d79b9165c19e01a88fe5f72" +
      "c3d48967b1c119c1c14154f609beaaad2cd818628f544f982a0464774dc5f10e",
    holds: false,
  },
  {
    what: "an R of mixed order, where it holds with the cofactor alone",
    key: "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c",
    message: "00",
    signature:
      "a00c3955e6dba6ae0b0cf366795b20a55f50b61b1d9a08a49a743d2831426ced" +
      "06474cb7e3c62b80709d73277ce9db0e75f137dc87f656e5390c490e9a01e506",
    holds: false,
  },
  {
    what: "a key that is no point",
    key: "0200000000000000000000000000000000000000000000000000000000000000",
    message: "00",
    signature:
      "bf512469e7f9b766bf5c75e47e84fda3ec887bd24d79b9165c19e01a88fe5f72" +
      "725dd15954e7da360e9c323132ff71023579d2d36a96e1bd595580c7f957ec01",
    holds: false,
  },
];

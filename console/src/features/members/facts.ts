import type { Body, Data } from "@/api/types";
import { t } from "@/lib/text";
import type { Entry } from "@/ui/entry-form";

export type Member = Data<"/api/union-members/{member_id}", "get">;

/** What is written of a member, as text for a form; nothing is an empty text. */
export type MemberFacts = Record<
  keyof Pick<
    Body<"/api/union-members", "post">,
    | "firstName"
    | "lastName"
    | "phone"
    | "email"
    | "dateOfBirth"
    | "gender"
    | "maritalStatus"
    | "profession"
    | "company"
    | "address"
    | "city"
    | "state"
    | "note"
  >,
  string
>;

const GENDERS = ["female", "male", "other"] as const;
const MARITAL = ["single", "married", "divorced", "widowed"] as const;

export function factsOf(member?: Member): MemberFacts {
  return {
    firstName: member?.firstName ?? "",
    lastName: member?.lastName ?? "",
    phone: member?.phone ?? "",
    email: member?.email ?? "",
    dateOfBirth: member?.dateOfBirth?.slice(0, 10) ?? "",
    gender: member?.gender ?? "",
    maritalStatus: member?.maritalStatus ?? "",
    profession: member?.profession ?? "",
    company: member?.company ?? "",
    address: member?.address ?? "",
    city: member?.city ?? "",
    state: member?.state ?? "",
    note: member?.note ?? "",
  };
}

/** The fields of the form; a value that is none of the known ones stays to be chosen. */
export function memberEntries(facts: MemberFacts): readonly Entry<keyof MemberFacts>[] {
  return [
    { name: "firstName", label: t("person.firstName") },
    { name: "lastName", label: t("person.lastName") },
    { name: "phone", label: t("me.phone"), kind: "tel" },
    { name: "email", label: t("member.email"), kind: "email", optional: true },
    { name: "dateOfBirth", label: t("member.born"), kind: "date", optional: true },
    {
      name: "gender",
      label: t("member.gender"),
      optional: true,
      choices: withOwn(
        facts.gender,
        GENDERS.map(name => [name, t(`person.gender.${name}`)] as const),
      ),
    },
    {
      name: "maritalStatus",
      label: t("member.maritalStatus"),
      optional: true,
      choices: withOwn(
        facts.maritalStatus,
        MARITAL.map(name => [name, t(`person.marital.${name}`)] as const),
      ),
    },
    { name: "profession", label: t("member.profession"), optional: true },
    { name: "company", label: t("person.company"), optional: true },
    { name: "address", label: t("member.address"), kind: "area", lines: 2, optional: true },
    { name: "city", label: t("person.city"), optional: true },
    { name: "state", label: t("person.state"), optional: true },
    { name: "note", label: t("member.note"), kind: "area", lines: 2, optional: true },
  ];
}

type Choices = readonly (readonly [string, string])[];

function withOwn(own: string, choices: Choices): Choices {
  return own === "" || choices.some(([value]) => value === own) ? choices : [...choices, [own, own]];
}
